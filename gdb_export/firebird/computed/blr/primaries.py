"""Primaries: literals, columns, NULL and the user."""

from gdb_export.firebird.computed.blr.datatypes import read_literal
from gdb_export.firebird.computed.blr.descriptors import UNKNOWN, text_type
from gdb_export.firebird.computed.blr.nodes import ColumnKey, Node
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.core.charsets import UNICODE_FSS
from gdb_export.firebird.core.errors import UnsupportedExpression


def _literal(parser: Parser, _: Verb) -> Node:
    descriptor, value = read_literal(parser.blr, parser.ods, parser.environment.charsets.decode)
    return Node(descriptor, lambda scope: value)


def _field(parser: Parser, verb: Verb) -> Node:
    context = parser.blr.u8()
    key: ColumnKey = parser.blr.name() if verb == Verb.FIELD else parser.blr.u16()
    if context == 0:
        descriptor = parser.environment.column(key)
    elif context in parser.contexts:
        descriptor = parser.contexts[context].column(key)
    else:
        raise UnsupportedExpression("needs columns of another table")
    if descriptor is None:
        raise UnsupportedExpression(f"needs the column {key}, which does not exist or is computed")
    parser.fields.append((context, key))
    if context == 0:
        return Node(descriptor, lambda scope: scope.read_column(key), (0, key))
    return Node(descriptor, lambda scope: scope.contexts[context][key], (context, key))


def _null(parser: Parser, _: Verb) -> Node:
    return Node(UNKNOWN, lambda scope: None)


def _user_name(parser: Parser, _: Verb) -> Node:
    user = parser.environment.user
    if user is None:
        raise UnsupportedExpression("needs the user of the session")
    return Node(text_type(UNICODE_FSS), lambda scope: user)


def _derived(parser: Parser, _: Verb) -> Node:
    """A column of a derived table: its BLR contexts, which are skipped, and its expression."""
    parser.blr.take(parser.blr.u8())
    return parser.value()


VERB_PARSERS: dict[int, VerbParser] = {
    Verb.LITERAL: _literal,
    Verb.FIELD: _field,
    Verb.FID: _field,
    Verb.NULL: _null,
    Verb.USER_NAME: _user_name,
    Verb.DERIVED_EXPR: _derived,
}
