"""Random patterns and texts of SIMILAR TO: the engine gives the same answer, or the same error.

SIMILAR_PATTERNS=20000 tests more of them.
"""

import os
import random
from pathlib import Path
from types import ModuleType

from gdb_export.firebird.computed.texts.similar_automaton import Automaton
from gdb_export.firebird.computed.texts.similar_patterns import parse_pattern
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget

PATTERNS = int(os.environ.get("SIMILAR_PATTERNS", "800"))
CHARACTERS = "ab|()*+?{}[]^-_%,:01 \\."
REPETITIONS = "* + ? {2} {1,} {0,2} {1,2} {0} {2,1} {01} {,2} {1001} {500}".split()
SET_ITEMS = "a b a-c 1-3 [:ALPHA:] [:digit:] [:SPACE:] [:wh:] z-a #- #] - é [::] A-Z".split()
SQL = """SELECT IIF(CAST(? AS VARCHAR(30) CHARACTER SET UTF8) SIMILAR TO
  CAST(? AS VARCHAR(200) CHARACTER SET UTF8) ESCAPE '#', 1, 0) FROM RDB$DATABASE"""
ERROR = "error"


def random_set(draw: random.Random) -> str:
    items = draw.choices(SET_ITEMS, k=draw.randint(0, 3))
    excluded = draw.choices(SET_ITEMS, k=draw.randint(0, 2))
    beginning = "[^" if draw.random() < 0.3 else "["
    return beginning + "".join(items) + draw.choice(["", "", "^" + "".join(excluded)]) + "]"


def random_pattern(draw: random.Random, depth: int = 0) -> str:
    text = ""
    for _ in range(draw.randint(0, 3)):
        primaries = ["a", "b", "1", "-", "A", "é", "_", "%", "ab", random_set(draw)]
        primaries.append("#" + draw.choice("_%#^-[](){}|?+*"))
        if depth < 3:
            primaries += [f"({random_pattern(draw, depth + 1)})"] * 2
        text += draw.choice(primaries)
        text += draw.choice(REPETITIONS) if draw.random() < 0.4 else ""
    return text + (f"|{random_pattern(draw, depth + 1)}" if draw.random() < 0.2 else "")


def own_answer(pattern: str, text: str) -> int | str:
    try:
        automaton = Automaton(parse_pattern(pattern, "#"), EvaluationBudget(10**9))
        return int(automaton.matches(text))
    except EvaluationError:
        return ERROR


def test_random_patterns(engine: ModuleType, tmp_path: Path) -> None:
    from firebird.driver import DatabaseError

    draw = random.Random("SIMILAR TO")
    last = ""
    answers: set[int | str] = set()
    with engine.create(tmp_path / "a.fdb") as connection, connection.cursor() as cursor:
        for _ in range(PATTERNS):
            pattern = random_pattern(draw)
            if draw.random() < 0.15:
                pattern = "".join(draw.choices(CHARACTERS, k=draw.randint(0, 8)))
            if pattern == last or len(pattern) > 100:
                continue  # the engine forgets the error of a pattern that comes again at once
            last = pattern
            text = "".join(draw.choices("aabbc1-A é", k=draw.randint(0, 5)))
            try:
                expected = cursor.execute(SQL, (text, pattern)).fetchone()[0]
            except DatabaseError:
                expected = ERROR
            assert own_answer(pattern, text) == expected, (pattern, text)
            answers.add(expected)
    assert answers == {0, 1, ERROR}
