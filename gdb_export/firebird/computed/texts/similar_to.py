"""The condition SIMILAR TO."""

from gdb_export.firebird.computed.blr.descriptors import BOOLEAN
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.text_charsets import TextValue, charset_of
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.texts.collations import reject_insensitive
from gdb_export.firebird.computed.texts.similar_automaton import Automaton
from gdb_export.firebird.computed.texts.similar_patterns import parse_pattern
from gdb_export.firebird.computed.texts.text_operands import as_text, in_charset
from gdb_export.firebird.core.charsets import NONE, OCTETS, max_character_bytes
from gdb_export.firebird.core.errors import EvaluationError

# Older versions compare the bytes of single-byte character sets, newer ones Unicode
_ODS_COMPARING_UNICODE = (13, 0)


def _similar(parser: Parser, _: Verb) -> Node:
    operand, pattern = parser.values(2)
    operands = [operand, pattern] if not parser.blr.u8() else [operand, pattern, parser.value()]
    text = as_text(parser, operand)
    charset, environment = charset_of(text.type), parser.environment
    reject_insensitive(text.type)
    is_bytewise = charset in (NONE, OCTETS) or (
        parser.ods < _ODS_COMPARING_UNICODE and max_character_bytes(charset) == 1
    )
    last_pattern: tuple[tuple[str, str], Automaton] | None = None

    def characters(value: TextValue) -> str:
        if isinstance(value, str):
            if not is_bytewise or value.isascii():
                return value
            value = environment.charsets.encode(value, charset)
        return value.decode("latin-1")

    def matches(value: TextValue, wanted: TextValue, escape: TextValue | None = None) -> bool:
        nonlocal last_pattern
        escape_character = "" if escape is None else characters(escape)
        if escape is not None and (len(escape_character) != 1 or escape_character == "\0"):
            raise EvaluationError("the escape of SIMILAR TO is not one character")
        key = characters(wanted), escape_character
        last = last_pattern
        if last is None or last[0] != key:
            last = last_pattern = key, Automaton(parse_pattern(*key), environment.budget)
        return last[1].matches(characters(value))

    others = [Node(text.type, in_charset(parser, node, charset)) for node in operands[1:]]
    return null_propagating(BOOLEAN, matches, text, *others)


VERB_PARSERS: dict[int, VerbParser] = {Verb.SIMILAR: _similar}
