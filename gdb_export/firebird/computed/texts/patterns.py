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
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.values.value_types import as_str


def _pattern(parser: Parser, verb: Verb) -> Node:
    """LIKE (with an escape in ANSI_LIKE), STARTING WITH and CONTAINING."""
    operand, pattern = parser.values(2)
    escape = parser.value() if verb == Verb.ANSI_LIKE else None
    descriptor, environment = operand.type, parser.environment
    fold, budget = fold_for(descriptor), environment.budget

    def matches(text: TextValue, wanted: TextValue, escape_character: TextValue = "") -> bool:
        source, sought = fold(as_str(text)), fold(as_str(wanted))
        if verb == Verb.STARTING:
            return source.startswith(sought)
        if verb == Verb.CONTAINING:
            return upper(sought, descriptor, environment) in upper(source, descriptor, environment)
        if verb == Verb.ANSI_LIKE and len(escape_character) != 1:
            raise EvaluationError("the escape of LIKE is not one character")
        return _matches(source, _compiled(sought, fold(as_str(escape_character))), budget)

    operands = [operand, pattern] if escape is None else [operand, pattern, escape]
    return null_propagating(BOOLEAN, matches, *(as_text(parser, node) for node in operands))


_ANY_CHARACTER, _ANY_TEXT = "_", "%"


def _compiled(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """The characters of the pattern, each with True if it is a wildcard."""
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


def _matches(text: str, pattern: list[tuple[str, bool]], budget: EvaluationBudget) -> bool:
    """Whether the text matches.

    The pieces between the wildcards % are found from left to right, each as early as possible: the
    text is searched once, not once for each piece or from each of its characters.
    """
    pieces: list[list[tuple[str, bool]]] = [[]]
    for item in pattern:
        if item == (_ANY_TEXT, True):
            pieces.append([])
        else:
            pieces[-1].append(item)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(text) == len(first) and _matches_at(text, 0, first)
    begin, end = len(first), len(text) - len(last)
    if begin > end or not _matches_at(text, 0, first) or not _matches_at(text, end, last):
        return False
    for piece in pieces[1:-1]:
        begin = _find(text, piece, begin, end, budget)
        if begin < 0:
            return False
    return True


def _matches_at(text: str, start: int, piece: list[tuple[str, bool]]) -> bool:
    return all(
        is_wildcard or text[index] == character
        for index, (character, is_wildcard) in enumerate(piece, start)
    )


def _find(
    text: str, piece: list[tuple[str, bool]], begin: int, end: int, budget: EvaluationBudget
) -> int:
    """The end of the first match of a piece in text[begin:end]; -1 if there is none."""
    if not piece:
        return begin
    if not any(is_wildcard for _, is_wildcard in piece):
        found = text.find("".join(character for character, _ in piece), begin, end)
        return -1 if found < 0 else found + len(piece)
    return _find_with_wildcards(text, piece, begin, end, budget)


def _find_with_wildcards(
    text: str, piece: list[tuple[str, bool]], begin: int, end: int, budget: EvaluationBudget
) -> int:
    """As _find, for a piece with the wildcard _: bit i of `state` says whether the first i + 1
    characters of the piece match here (the Shift-And algorithm). A step takes as many machine words
    as the piece has bits, which the budget limits."""
    wildcards = 0
    masks: dict[str, int] = {}
    for index, (character, is_wildcard) in enumerate(piece):
        if is_wildcard:
            wildcards |= 1 << index
        else:
            masks[character] = masks.get(character, 0) | 1 << index
    accepted, state = 1 << (len(piece) - 1), 0
    steps_per_character = 1 + len(piece) // 1000
    for index in range(begin, end):
        budget.spend(steps_per_character)
        state = (state << 1 | 1) & (masks.get(text[index], 0) | wildcards)
        if state & accepted:
            return index + 1
    return -1


VERB_PARSERS: dict[int, VerbParser] = dict.fromkeys(
    (Verb.LIKE, Verb.ANSI_LIKE, Verb.STARTING, Verb.CONTAINING), _pattern
)
