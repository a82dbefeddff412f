"""Matches texts with the patterns of SIMILAR TO, in work linear in the length of the text.

A pattern becomes a nondeterministic automaton, whose sets of states are computed as the text needs
them and remembered. A step takes at most as much work as the automaton has states, whatever the
pattern: there is no backtracking.
"""

from gdb_export.firebird.computed.texts.similar_patterns import (
    Characters,
    Choice,
    Pattern,
    Repetition,
    Sequence,
)
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget

_MAX_STATES = 20_000
_MAX_STEPS_KNOWN = 10_000  # remembered steps; each holds a set of states
_MAX_STATES_KNOWN = 200_000  # in all remembered sets together
_RANGES_PER_STEP = 8

_END = 0  # the state after the whole pattern


class Automaton:
    """The automaton of one pattern. Building it and matching spend the budget."""

    def __init__(self, pattern: Pattern, budget: EvaluationBudget) -> None:
        self._budget = budget
        # by state: the characters that lead to the only next state, or None if the next states are
        # reached without a character
        self._characters: list[Characters | None] = [None]
        self._next: list[tuple[int, ...]] = [()]
        self._start = self._closure({self._build(pattern, _END)})
        self._known: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._known_states = 0

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        self._budget.spend(len(text))
        states = self._start
        known = self._known
        for character in text:
            following = known.get((states, character))
            states = self._step(states, character) if following is None else following
            if not states:
                return False
        return _END in states

    def _step(self, states: frozenset[int], character: str) -> frozenset[int]:
        self._budget.spend(sum(map(self._cost, states)))
        reached: set[int] = set()
        for state in states:
            characters = self._characters[state]
            if characters is not None and characters.has(character):
                reached.update(self._next[state])
        following = self._closure(reached)
        self._known_states += len(following)
        if len(self._known) >= _MAX_STEPS_KNOWN or self._known_states > _MAX_STATES_KNOWN:
            self._known.clear()
            self._known_states = len(following)
        self._known[states, character] = following
        return following

    def _cost(self, state: int) -> int:
        """The steps of a test of one character."""
        characters = self._characters[state]
        if characters is None:
            return 1
        return 1 + (len(characters.included or ()) + len(characters.excluded)) // _RANGES_PER_STEP

    def _closure(self, states: set[int]) -> frozenset[int]:
        """The states that are reached from these without a character: those that need one, and the
        end."""
        reached = set(states)
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if self._characters[state] is None:
                added = [following for following in self._next[state] if following not in reached]
                reached.update(added)
                waiting += added
        self._budget.spend(len(reached))
        return frozenset(
            state for state in reached if state == _END or self._characters[state] is not None
        )

    def _build(self, pattern: Pattern, following: int) -> int:
        """Add the states of a pattern that continues with the state `following`; return its first
        state."""
        if isinstance(pattern, Characters):
            return self._add(pattern, (following,))
        if isinstance(pattern, Sequence):
            for item in reversed(pattern.items):
                following = self._build(item, following)
            return following
        if isinstance(pattern, Choice):
            starts = [self._build(part, following) for part in pattern.alternatives]
            return self._add(None, tuple(starts))
        return self._build_repetition(pattern, following)

    def _build_repetition(self, pattern: Repetition, following: int) -> int:
        if pattern.high is None:
            start = self._add(None, ())
            self._next[start] = (self._build(pattern.item, start), following)
        else:
            start = following
            for _ in range(pattern.high - pattern.low):
                start = self._add(None, (self._build(pattern.item, start), following))
        for _ in range(pattern.low):
            start = self._build(pattern.item, start)
        return start

    def _add(self, characters: Characters | None, following: tuple[int, ...]) -> int:
        self._budget.spend(1 + len(following))
        if len(self._next) > _MAX_STATES:
            raise EvaluationError(f"its pattern has more than {_MAX_STATES} parts")
        self._characters.append(characters)
        self._next.append(following)
        return len(self._next) - 1
