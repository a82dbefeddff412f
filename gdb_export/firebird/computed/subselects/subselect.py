"""Subselects of other tables: a single value, an aggregate, EXISTS, IN, ANY and ALL."""

from gdb_export.firebird.computed.blr.descriptors import BOOLEAN
from gdb_export.firebird.computed.blr.nodes import Evaluator, LookupRow, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.subselects.aggregates import (
    Aggregate,
    Aggregates,
    read_aggregates,
)
from gdb_export.firebird.computed.subselects.joins import JoinSelection
from gdb_export.firebird.computed.subselects.record_selection import Clauses, equality_key
from gdb_export.firebird.computed.subselects.result_cache import Find, cached
from gdb_export.firebird.computed.subselects.selection_parser import (
    AGGREGATE,
    RECORD_SELECTION,
    AnySelection,
    add_context,
    read_clauses,
    read_selection,
    read_sources,
)
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.values.value_types import TypedValue, Value

SINGULAR = 127  # BLR code: more than one row is an error


class _NoRow:
    pass


_NO_ROW = _NoRow()  # the result of a subselect that selects no row


def _via(parser: Parser, _: Verb) -> Node:
    """A subselect as a value: an expression of the selected row, and a second expression, which is
    evaluated if no row is selected (blr_via)."""
    start = _begin(parser)
    code = parser.blr.u8()
    is_singular = code == SINGULAR
    if is_singular:
        code = parser.blr.u8()
    if code != RECORD_SELECTION:
        raise UnsupportedExpression(f"needs a subselect with the verb {code}")
    selection: AnySelection
    count = parser.blr.u8()
    if count == 1 and parser.blr.peek() == AGGREGATE:
        parser.blr.u8()
        selection, value, find = _aggregate_value(parser, is_singular)
    else:
        selection = read_sources(parser, count)
        if isinstance(selection, JoinSelection) and not is_singular:
            raise UnsupportedExpression("needs the first row of a join")
        value = parser.value()
        find = _single_value(selection, value, is_singular)
    evaluate = _end(parser, start, selection, find)
    default = parser.value()

    def run(scope: Scope) -> Value | None:
        result: TypedValue = evaluate(scope)
        return default.run(scope) if result is _NO_ROW else result

    return Node(value.type, run)


def _single_value(selection: AnySelection, value: Node, is_singular: bool) -> Find:
    """A function that evaluates `value` in the first row.

    It raises EvaluationError if a singular subselect selects several rows.
    """

    def find(scope: Scope, is_bounded: bool) -> TypedValue:
        result: TypedValue = _NO_ROW
        for _ in selection.rows(scope, is_bounded):
            if result is not _NO_ROW:
                raise EvaluationError("a subselect that finds several rows")
            result = value.run(scope)
            if not is_singular:
                break
        return result

    return find


def _aggregate_value(parser: Parser, is_singular: bool) -> tuple[AnySelection, Node, Find]:
    """A value computed from aggregates over the selected rows, or over one group of them."""
    context = parser.blr.u8()
    if parser.blr.u8() != RECORD_SELECTION:
        raise UnsupportedExpression("needs an aggregate over a subselect")
    selection = read_selection(parser)
    aggregates = read_aggregates(parser)
    is_ordered = any(aggregate.is_ordered for aggregate in aggregates.by_number.values())
    if isinstance(selection, JoinSelection) and is_ordered:
        raise UnsupportedExpression("adds or lists values in the order of a join")
    if aggregates.keys and (is_ordered or not is_singular):
        raise UnsupportedExpression("needs the order of the rows or groups of GROUP BY")
    add_context(parser, context, aggregates)
    clauses = read_clauses(parser)
    having = clauses.condition
    if clauses != Clauses(condition=having):
        raise UnsupportedExpression("needs FIRST, SKIP or ORDER BY of groups")
    value = parser.value()

    def find(scope: Scope, is_bounded: bool) -> TypedValue:
        result: TypedValue = _NO_ROW
        for group in _groups(selection, aggregates, scope, is_bounded):
            scope.contexts[context] = group
            if having is not None and having.run(scope) is not True:
                continue
            if result is not _NO_ROW:
                raise EvaluationError("a subselect that finds several rows")
            result = value.run(scope)
        return result

    return selection, value, find


def _groups(
    selection: AnySelection, aggregates: Aggregates, scope: Scope, is_bounded: bool
) -> list[LookupRow]:
    """The results of the aggregates by their numbers, for each group of GROUP BY; for all rows
    together without GROUP BY."""
    operands: dict[tuple[Value | None, ...], dict[int, list[Value]]] = {}
    if not aggregates.keys:
        operands[()] = {number: [] for number in aggregates.by_number}
    for row in selection.rows(scope, is_bounded):
        key = tuple(equality_key(node.run(scope)) for node in aggregates.keys)
        if key not in operands:
            operands[key] = {number: [] for number in aggregates.by_number}
        for number, aggregate in aggregates.by_number.items():
            value = _operand_value(aggregate, row, scope)
            if value is not None:
                operands[key][number].append(value)
    return [
        {number: aggregates.by_number[number].reduce(values) for number, values in group.items()}
        for group in operands.values()
    ]


def _operand_value(aggregate: Aggregate, row: LookupRow, scope: Scope) -> TypedValue:
    """The operand's value in the current row; without an operand, the row itself."""
    return row if aggregate.operand is None else aggregate.operand.run(scope)


def _exists(parser: Parser, _: Verb) -> Node:
    start = _begin(parser)
    if parser.blr.u8() != RECORD_SELECTION:
        raise UnsupportedExpression("needs EXISTS of something other than tables")
    selection = read_selection(parser)

    def find(scope: Scope, is_bounded: bool) -> bool:
        return any(True for _ in selection.rows(scope, is_bounded))

    return Node(BOOLEAN, _end(parser, start, selection, find))


def _quantified(parser: Parser, verb: Verb) -> Node:
    """IN, ANY and ALL: a selection, and a comparison that must hold for some or all of its rows.

    If NULLs leave the result undecided, the engine gives false instead of unknown.
    """
    start = _begin(parser)
    if [parser.blr.u8() for _ in range(3)] != [RECORD_SELECTION, 1, RECORD_SELECTION]:
        raise UnsupportedExpression("needs IN, ANY or ALL of something other than tables")
    selection = read_selection(parser)
    clauses = read_clauses(parser)
    comparison = clauses.condition
    if comparison is None or clauses != Clauses(condition=comparison):
        raise UnsupportedExpression("needs IN, ANY or ALL with more than a comparison")
    test, combine = comparison.run, any if verb == Verb.ANSI_ANY else all

    def find(scope: Scope, is_bounded: bool) -> bool:
        return combine(test(scope) is True for _ in selection.rows(scope, is_bounded))

    return Node(BOOLEAN, _end(parser, start, selection, find))


# ---------------------------------------------------------------- dependencies on the outer row
def _begin(parser: Parser) -> int:
    """Refuses nested subselects. Returns the number of columns parsed before the subselect."""
    if parser.contexts:
        raise UnsupportedExpression("needs a subselect inside another")
    return len(parser.fields)


def _end(parser: Parser, start: int, selection: AnySelection, find: Find) -> Evaluator:
    """An evaluator that calls `find` as rarely as its dependencies on the outer row allow.

    Without dependencies it calls `find` once; if the lookup key holds all of them, once per key;
    else for every row, with a bounded number of candidates.
    """
    parser.contexts.clear()
    fields = parser.fields[start:]
    selection.finish(fields, parser.size)
    outer_fields = sum(context == 0 for context, _ in fields)
    key = selection.key
    if outer_fields == 0:
        return cached(find, lambda scope: ())
    if key is not None and selection.is_whole_key and key.outer_fields == outer_fields:
        wanted = key.wanted
        return cached(find, lambda scope: equality_key(wanted.run(scope)))
    return lambda scope: find(scope, True)


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.VIA: _via,
    Verb.ANY: _exists,
    Verb.EXISTS: _exists,
    Verb.ANSI_ANY: _quantified,
    Verb.ANSI_ALL: _quantified,
}
