"""Conditions on texts: LIKE, STARTING WITH and CONTAINING."""

from gdb_export.firebird.computed.blr.nodes import BOOLEAN, Node
from gdb_export.firebird.computed.blr.null_propagating import null_propagating
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.text_charsets import Text
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.texts.collations import fold_of
from gdb_export.firebird.computed.texts.text_case import upper
from gdb_export.firebird.computed.texts.text_functions import as_text
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import as_str


def _pattern(parser: Parser, verb: Verb) -> Node:
    """LIKE (with an escape in ANSI_LIKE), STARTING WITH and CONTAINING."""
    value, pattern = parser.values(2)
    escape = parser.value() if verb == Verb.ANSI_LIKE else None
    fold = fold_of(value.type)
    descriptor, case = value.type, parser.context

    def matches(text: Text, wanted: Text, mark: Text = "") -> bool:
        source, sought = fold(as_str(text)), fold(as_str(wanted))
        if verb == Verb.STARTING:
            return source.startswith(sought)
        if verb == Verb.CONTAINING:
            return upper(sought, descriptor, case) in upper(source, descriptor, case)
        if verb == Verb.ANSI_LIKE and len(mark) != 1:
            raise EvaluationError("the escape of LIKE is not one character")
        return _matches(source, _compiled(sought, fold(as_str(mark))))

    operands = [value, pattern] if escape is None else [value, pattern, escape]
    return null_propagating(BOOLEAN, matches, *(as_text(parser, one) for one in operands))


_ANY_ONE, _ANY_MANY = "_", "%"


def _compiled(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """Characters of the pattern, and whether each is a wildcard."""
    compiled = []
    characters = iter(pattern)
    for character in characters:
        if escape and character == escape:
            character = next(characters, "")
            if character not in (escape, _ANY_ONE, _ANY_MANY) or not character:
                raise EvaluationError("the escape of LIKE stands before no wildcard")
            compiled.append((character, False))
        else:
            compiled.append((character, character in (_ANY_ONE, _ANY_MANY)))
    return compiled


def _matches(text: str, pattern: list[tuple[str, bool]]) -> bool:
    """Goes back to the last % only: never more than len(text) * len(pattern) steps."""
    at, in_pattern = 0, 0
    resume: tuple[int, int] | None = None
    while at < len(text):
        item = pattern[in_pattern] if in_pattern < len(pattern) else None
        if item == (_ANY_MANY, True):
            in_pattern += 1
            resume = (at, in_pattern)
        elif item is not None and (item == (_ANY_ONE, True) or item == (text[at], False)):
            at, in_pattern = at + 1, in_pattern + 1
        elif resume is not None:
            resume = (resume[0] + 1, resume[1])
            at, in_pattern = resume
        else:
            return False
    return all(item == (_ANY_MANY, True) for item in pattern[in_pattern:])


VERB_PARSERS: dict[int, Reader] = dict.fromkeys(
    (Verb.LIKE, Verb.ANSI_LIKE, Verb.STARTING, Verb.CONTAINING), _pattern
)
