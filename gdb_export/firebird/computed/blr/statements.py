"""Statements inside expressions: declarations and assignments of variables.

Firebird 2.5 keeps the tested value of a CASE or COALESCE in a variable.
"""

from gdb_export.firebird.computed.blr.casts import cast
from gdb_export.firebird.computed.blr.datatypes import read_type
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.values.value_types import Value

# Codes of statements in BLR
_ASSIGNMENT, _BEGIN, _DECLARE_VARIABLE, _END = 1, 2, 3, 255


def _statement_value(parser: Parser, _: Verb) -> Node:
    """Statements that declare and assign variables, followed by the expression of the value."""
    assignments = _statement(parser)
    value = parser.value()

    def run(scope: Scope) -> Value | None:
        for variable, source in assignments:
            scope.variables[variable] = source.run(scope)
        return value.run(scope)

    return Node(value.type, run)


def _statement(parser: Parser) -> list[tuple[int, Node]]:
    """Parses a statement or a block. Returns its assignments: variables and their new values."""
    code = parser.blr.u8()
    if code != _BEGIN:
        return _simple_statement(parser, code)
    assignments = []
    while (code := parser.blr.u8()) != _END:
        assignments += _simple_statement(parser, code)
    return assignments


def _simple_statement(parser: Parser, code: int) -> list[tuple[int, Node]]:
    if code == _ASSIGNMENT:
        return [_assignment(parser)]
    if code != _DECLARE_VARIABLE:
        raise UnsupportedExpression(f"holds the statement {code}")
    variable = parser.blr.u16()
    parser.variables[variable] = read_type(parser.blr)
    return []


def _assignment(parser: Parser) -> tuple[int, Node]:
    source = parser.value()
    verb, variable = parser.blr.u8(), parser.blr.u16()
    target = parser.variables.get(variable)
    if verb != Verb.VARIABLE or target is None:
        raise UnsupportedExpression("assigns to something other than a variable")
    return variable, Node(target, cast(parser, source, target))


def _variable(parser: Parser, _: Verb) -> Node:
    variable = parser.blr.u16()
    descriptor = parser.variables.get(variable)
    if descriptor is None:
        raise UnsupportedExpression("needs a variable that is not declared")
    return Node(descriptor, lambda scope: scope.variables.get(variable))


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.STMT_EXPR: _statement_value,
    Verb.VARIABLE: _variable,
}
