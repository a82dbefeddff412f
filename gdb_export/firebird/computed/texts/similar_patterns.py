"""The patterns of SIMILAR TO, parsed to a tree.

Where the engine rejects a pattern, or reads it in another way than the SQL standard says, so does
this parser. Knowledge: SimilarToRegex.cpp of Firebird 5, which rewrites a pattern for the library
RE2, and the syntax of RE2.
"""

from collections.abc import Callable
from typing import NamedTuple, NoReturn

from gdb_export.firebird.core.errors import EvaluationError

_SPECIAL = frozenset("^-_%[](){}|?+*")
_REPETITIONS = frozenset("*+?{")
_MAX_DEPTH = 50  # of parentheses; the parser calls itself for each
_MAX_REPETITIONS = 1000  # of RE2: also the product of nested ones
_MAX_DIGITS = 9  # RE2 reads longer counts, and those with a leading zero, as text

# First and last code of a range of characters
CodeRange = tuple[int, int]
_CLASSES: dict[str, tuple[CodeRange, ...]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "digit": ((48, 57),),
    "lower": ((97, 122),),
    "space": ((32, 32),),
    "upper": ((65, 90),),
    "whitespace": ((9, 13), (32, 32)),
}


class Characters(NamedTuple):
    """A set of characters: those of the ranges `included`, or any if it is None, without those of
    the ranges `excluded`."""

    included: tuple[CodeRange, ...] | None
    excluded: tuple[CodeRange, ...] = ()

    def has(self, character: str) -> bool:
        code = ord(character)
        is_included = self.included is None or _is_in(code, self.included)
        return is_included and not _is_in(code, self.excluded)


class Sequence(NamedTuple):
    items: "tuple[Pattern, ...]"


class Choice(NamedTuple):
    alternatives: "tuple[Pattern, ...]"


class Repetition(NamedTuple):
    """At least `low` and at most `high` times; `high` None: without a limit."""

    item: "Pattern"
    low: int
    high: int | None


Pattern = Characters | Sequence | Choice | Repetition

_ANY_CHARACTER = Characters(None)
_ANY_TEXT = Repetition(_ANY_CHARACTER, 0, None)


def parse_pattern(text: str, escape: str) -> Pattern:
    """Parse a pattern; `escape` is one character, or "" if there is none.

    Raises EvaluationError where the engine does.
    """
    parser = _Parser(text, escape)
    pattern, _ = parser.choice(0)
    if parser.has_more:
        _reject()
    if _repetitions_left(pattern, _MAX_REPETITIONS) == 0:
        _reject()
    return pattern


def _reject() -> NoReturn:
    raise EvaluationError("the pattern of SIMILAR TO is invalid")


def _is_in(code: int, ranges: tuple[CodeRange, ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _literal(text: str) -> list[Pattern]:
    return [Characters(((ord(character), ord(character)),)) for character in text]


class _Parser:
    """Each method parses one rule of the grammar, and also returns whether the engine is sure that
    the result matches no empty text: only then it can be repeated."""

    def __init__(self, text: str, escape: str) -> None:
        self._text = text
        self._escape = escape
        self._position = 0

    @property
    def has_more(self) -> bool:
        return self._position < len(self._text)

    def _next(self) -> str:
        character = self._peek()
        self._position += 1
        return character

    def _peek(self) -> str:
        if not self.has_more:
            _reject()
        return self._text[self._position]

    def choice(self, depth: int) -> tuple[Pattern, bool]:
        if depth > _MAX_DEPTH:
            raise EvaluationError(f"its pattern is nested deeper than {_MAX_DEPTH} levels")
        alternatives = []
        while True:
            pattern, is_never_empty = self._sequence(depth)
            alternatives.append(pattern)
            if not self.has_more or self._peek() != "|":
                # the engine only remembers the last alternative
                is_single = len(alternatives) == 1
                return (pattern if is_single else Choice(tuple(alternatives))), is_never_empty
            self._next()

    def _sequence(self, depth: int) -> tuple[Pattern, bool]:
        items: list[Pattern] = []
        is_never_empty = False
        while self.has_more and self._peek() not in "|)":
            factor, is_factor_never_empty = self._factor(depth)
            items += factor
            is_never_empty |= is_factor_never_empty
        return (items[0] if len(items) == 1 else Sequence(tuple(items))), is_never_empty

    def _factor(self, depth: int) -> tuple[list[Pattern], bool]:
        """The items of a primary; a repetition after it applies to the last one."""
        is_any_text = self._peek() == "%"  # which the engine rewrites to a repetition
        items, is_never_empty = self._primary(depth)
        if not self.has_more or self._peek() not in _REPETITIONS:
            return items, is_never_empty
        operator = self._next()
        if not is_never_empty and (operator != "?" or is_any_text):
            _reject()
        repeated = Sequence(()) if not items else items.pop()
        if operator == "{":
            added, is_never_empty = self._counted(repeated)
            items += added
        else:
            low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}[operator]
            items.append(Repetition(repeated, low, high))
            is_never_empty = operator == "+"
        if self.has_more and self._peek() in _REPETITIONS:
            _reject()
        return items, is_never_empty

    def _counted(self, repeated: Pattern) -> tuple[list[Pattern], bool]:
        """The counts up to the closing brace."""
        begin = self._position
        while (character := self._next()) != "}":
            if not ("0" <= character <= "9" or character == ","):
                _reject()
        counts = self._text[begin : self._position - 1]
        low, comma, high = counts.partition(",")
        if not low or "," in high:
            _reject()
        is_never_empty = bool(low.strip("0"))
        if any(
            len(number) > _MAX_DIGITS or (number[0] == "0" and number != "0")
            for number in (low, high)
            if number
        ):
            # the engine appends the mark of a lazy repetition, which makes the brace optional
            closing = Repetition(_literal("}")[0], 0, 1)
            return [repeated, *_literal("{" + counts), closing], is_never_empty
        least = int(low)
        most = (int(high) if high else None) if comma else least
        if least > _MAX_REPETITIONS or (most is not None and not least <= most <= _MAX_REPETITIONS):
            _reject()
        return [Repetition(repeated, least, most)], is_never_empty

    def _primary(self, depth: int) -> tuple[list[Pattern], bool]:
        character = self._peek()
        if character == "_":
            self._next()
            return [_ANY_CHARACTER], True
        parsers: dict[str, Callable[[], tuple[list[Pattern], bool]]] = {
            "%": lambda: ([_ANY_TEXT], False),
            "[": lambda: ([self._characters()], True),
            "(": lambda: self._group(depth),
        }
        if character in parsers:
            self._next()
            return parsers[character]()
        return self._literals(), True

    def _group(self, depth: int) -> tuple[list[Pattern], bool]:
        pattern, is_never_empty = self.choice(depth + 1)
        if self._next() != ")":
            _reject()
        return [pattern], is_never_empty

    def _literals(self) -> list[Pattern]:
        """Characters up to a special one; there must be at least one."""
        literals: list[str] = []
        while self.has_more:
            character = self._peek()
            if character == self._escape:
                self._next()
                literals.append(self._escaped())
            elif character in _SPECIAL:
                break
            else:
                literals.append(self._next())
        if not literals:
            _reject()
        return _literal("".join(literals))

    def _escaped(self) -> str:
        """The character after an escape."""
        character = self._next()
        if character not in _SPECIAL and character != self._escape:
            raise EvaluationError("the escape of SIMILAR TO is not followed by a special character")
        return character

    def _characters(self) -> Pattern:
        """The set after an opening bracket, up to the closing one."""
        included: list[CodeRange] = []
        excluded: list[CodeRange] = []
        excludes = has_empty_range = has_included = False
        while True:
            character = self._next()
            if character == "^" != self._escape:
                if excludes:
                    _reject()
                excludes = True
            else:
                ranges = (
                    self._class() if character == "[" != self._escape else self._range(character)
                )
                if ranges:
                    (excluded if excludes else included).extend(ranges)
                    has_included |= not excludes
                else:
                    has_empty_range |= not excludes
            if self._peek() == "]":
                break
        self._next()
        if has_included:
            return Characters(tuple(included), tuple(excluded))
        return Characters(() if has_empty_range else None, tuple(excluded))

    def _class(self) -> tuple[CodeRange, ...]:
        """The ranges of a class such as [:alpha:]. As in the engine, the beginning of a name is
        enough."""
        if self._next() != ":":
            _reject()
        begin = self._position
        while self._next() != ":":
            pass
        name = self._text[begin : self._position - 1].lower()
        if self._next() != "]":
            _reject()
        for known, ranges in _CLASSES.items():
            if known.startswith(name):
                return ranges
        _reject()

    def _range(self, character: str) -> tuple[CodeRange, ...]:
        """One character, or a range of characters; none if the last is before the first."""
        if character == self._escape:
            character = self._escaped()
        first = last = ord(character)
        if self.has_more and self._peek() == "-":
            self._next()
            character = self._next()
            last = ord(self._escaped() if character == self._escape else character)
        return ((first, last),) if first <= last else ()


def _repetitions_left(pattern: Pattern, allowed: int) -> int:
    """The allowed repetitions, divided by the counts of nested repetitions: the least that is left
    anywhere in the pattern."""
    if isinstance(pattern, Repetition):
        is_counted = pattern.high != 1 and (pattern.low, pattern.high) not in ((0, None), (1, None))
        count = pattern.low if pattern.high is None else pattern.high
        return _repetitions_left(
            pattern.item, allowed // count if is_counted and count else allowed
        )
    parts: tuple[Pattern, ...] = ()
    if isinstance(pattern, Sequence):
        parts = pattern.items
    elif isinstance(pattern, Choice):
        parts = pattern.alternatives
    return min((_repetitions_left(part, allowed) for part in parts), default=allowed)
