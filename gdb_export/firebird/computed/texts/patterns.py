"""Conditions on texts: LIKE, STARTING WITH and CONTAINING."""

from gdb_export.firebird.computed.blr.descriptors import BOOLEAN
from gdb_export.firebird.computed.blr.nodes import Node, null_propagating
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.text_charsets import TextValue
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.texts.collations import fold_for
from gdb_export.firebird.computed.texts.text_case import upper
from gdb_export.firebird.computed.texts.text_operands import as_text
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import as_str


def _pattern(parser: Parser, verb: Verb) -> Node:
    """LIKE (with an escape in ANSI_LIKE), STARTING WITH and CONTAINING."""
    operand, pattern = parser.values(2)
    escape = parser.value() if verb == Verb.ANSI_LIKE else None
    descriptor, environment = operand.type, parser.environment
    fold = fold_for(descriptor)

    def matches(text: TextValue, wanted: TextValue, escape_character: TextValue = "") -> bool:
        source, sought = fold(as_str(text)), fold(as_str(wanted))
        if verb == Verb.STARTING:
            return source.startswith(sought)
        if verb == Verb.CONTAINING:
            return upper(sought, descriptor, environment) in upper(source, descriptor, environment)
        if verb == Verb.ANSI_LIKE and len(escape_character) != 1:
            raise EvaluationError("the escape of LIKE is not one character")
        return _matches(source, _compiled(sought, fold(as_str(escape_character))))

    operands = [operand, pattern] if escape is None else [operand, pattern, escape]
    return null_propagating(BOOLEAN, matches, *(as_text(parser, node) for node in operands))


_ANY_CHARACTER, _ANY_TEXT = "_", "%"


def _compiled(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """The characters of the pattern, each with whether it is a wildcard."""
    compiled = []
    characters = iter(pattern)
    for character in characters:
        if escape and character == escape:
            character = next(characters, "")
            if character not in (escape, _ANY_CHARACTER, _ANY_TEXT) or not character:
                raise EvaluationError("the escape of LIKE is not followed by a wildcard")
            compiled.append((character, False))
        else:
            compiled.append((character, character in (_ANY_CHARACTER, _ANY_TEXT)))
    return compiled


def _matches(text: str, pattern: list[tuple[str, bool]]) -> bool:
    """Whether the text matches. The search takes at most len(text) * len(pattern) steps, because it
    backtracks only to the last %; `resume` holds the indexes to continue from."""
    text_index, pattern_index = 0, 0
    resume: tuple[int, int] | None = None
    while text_index < len(text):
        item = pattern[pattern_index] if pattern_index < len(pattern) else None
        if item == (_ANY_TEXT, True):
            pattern_index += 1
            resume = (text_index, pattern_index)
        elif item is not None and (
            item == (_ANY_CHARACTER, True) or item == (text[text_index], False)
        ):
            text_index, pattern_index = text_index + 1, pattern_index + 1
        elif resume is not None:
            resume = (resume[0] + 1, resume[1])
            text_index, pattern_index = resume
        else:
            return False
    return all(item == (_ANY_TEXT, True) for item in pattern[pattern_index:])


VERB_PARSERS: dict[int, VerbParser] = dict.fromkeys(
    (Verb.LIKE, Verb.ANSI_LIKE, Verb.STARTING, Verb.CONTAINING), _pattern
)
