"""Attacks by the expressions of computed columns.

Parsing and evaluation spend a budget of nodes and steps, which is linear in the size of the file.
"""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.computed import table_expressions
from gdb_export.firebird.computed.blr import parser
from gdb_export.firebird.computed.blr.nodes import ColumnKey, Environment, LookupRow
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.conditions import comparators
from gdb_export.firebird.computed.expression import Expression, parse
from gdb_export.firebird.computed.lookup_tables import LookupTables, ReaderFactory
from gdb_export.firebird.computed.numbers import math_functions
from gdb_export.firebird.computed.subselects.aggregates import LIST
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.gbak.backup import Backup
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.row_values import RowValues
from gdb_export.firebird.values.text import TextDecoder
from tests.firebird.computed.blr_builder import (
    call,
    environment,
    expression_blr,
    field,
    integer,
    text,
    verb,
)
from tests.firebird.computed.test_blr_subselects import aggregated, lookup
from tests.firebird.memory_source import MemorySource
from tests.hostile.attacks import attack

TEXT = Descriptor(Dtype.VARYING, 0, 32767, 4)
BLOB = Descriptor(Dtype.BLOB, 4, 8, 1)
LONG = Descriptor(Dtype.LONG, 0, 4)


def with_steps(steps: int, **columns: Descriptor) -> Environment:
    """An environment whose budget has that number of steps."""
    budget = EvaluationBudget(0)
    budget.steps_left = steps
    return replace(environment(**columns), budget=budget)


def steps_of(expression: bytes, **row: str) -> int:
    """The steps that the evaluation of an expression takes; its columns are texts."""
    given = with_steps(1 << 30, **dict.fromkeys(row, TEXT))
    parse(expression_blr(expression), given).evaluate(lambda key: row[str(key)])
    return (1 << 30) - given.budget.steps_left


@pytest.mark.parametrize("piece", ["a_b", "ab", "_"])
def test_like_takes_steps_linear_in_the_text(piece: str) -> None:
    pattern = "%".join(["", *[piece] * 50, "x"])

    def steps(length: int) -> int:
        return steps_of(verb(Verb.LIKE, field("A"), text(pattern)), A="a" * length)

    assert steps(8000) <= 2 * steps(4000) + 1000
    assert steps(8000) < 2 * 8000


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        ("LPAD", (field("A"), integer(1 << 26)), "a text of 67108864 characters is too long"),
        ("RPAD", (field("A"), integer((1 << 20) + 1)), "is too long"),
        ("REPLACE", (field("A"), text("a"), text("b" * 60000)), "is too long"),
    ],
)
def test_a_made_text_is_bounded_before_it_is_made(
    function: str, arguments: tuple[bytes, ...], words: str
) -> None:
    parsed = parse(expression_blr(call(function, *arguments)), environment(A=BLOB))
    with pytest.raises(EvaluationError, match=words):
        parsed.evaluate(lambda key: "a" * 20)


def test_made_texts_spend_the_budget() -> None:
    padded = call("LPAD", field("A"), integer(1 << 20))
    parsed = parse(expression_blr(padded), with_steps(200_000, A=BLOB))
    assert parsed.evaluate(lambda key: "a") is not None
    with pytest.raises(EvaluationError, match="more work than the size of the database"):
        parsed.evaluate(lambda key: "a")


def test_each_row_spends_a_step_for_each_node() -> None:
    sum_of_100 = b"".join([verb(Verb.ADD, integer(1))] * 99) + integer(1)
    given = with_steps(1 << 20)
    parsed = parse(expression_blr(sum_of_100), given)
    assert parsed.size == 199
    assert parsed.evaluate(lambda key: None) == 100
    assert given.budget.steps_left == (1 << 20) - 199


def test_hash_spends_a_step_for_each_two_bytes() -> None:
    assert steps_of(call("HASH", field("A")), A="a" * 30_000) >= 15_000


def test_evaluation_gives_the_caller_a_chance_to_cancel() -> None:
    def cancel() -> None:
        raise KeyboardInterrupt

    budget = EvaluationBudget(1 << 20, cancel)
    with pytest.raises(KeyboardInterrupt):
        budget.spend(1_000_000)


def test_a_parser_stops_at_the_limit_of_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_NODES", 10)
    blr = expression_blr(verb(Verb.COALESCE, bytes([20]) + integer(1) * 20))
    with pytest.raises(UnsupportedExpression, match="more than 10 parts"):
        parse(blr, environment())


def test_nodes_are_counted_for_the_whole_database() -> None:
    budget = EvaluationBudget(0)
    budget.nodes_left = 5
    given = replace(environment(), budget=budget)
    for _ in range(5):
        parse(expression_blr(integer(1)), given)
    with pytest.raises(UnsupportedExpression, match="is one of too many"):
        parse(expression_blr(integer(1)), given)


def test_the_expression_of_a_domain_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 columns are computed by one domain of 65 KB of BLR."""
    parsed: list[bytes] = []

    def counted(blob: bytes, given: Environment) -> Expression:
        parsed.append(blob)
        return parse(blob, given)

    monkeypatch.setattr(table_expressions, "parse", counted)
    backup = Backup(MemorySource(attack("comp20.fbk")))
    RowValues(backup, backup.tables[0], TextDecoder(53), lambda column, counts: None)
    assert len(parsed) == 1


def test_maxvalue_compares_by_pairs_of_distinct_types(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def counted(*arguments: object) -> comparators.Comparator:
        made.append(arguments)
        return comparators.comparator_for(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(math_functions, "comparator_for", counted)
    blr = expression_blr(call("MAXVALUE", *[text("a"), text("b")] * 100, integer(3)))
    parse(blr, environment())
    assert len(made) <= 4


class LongTexts:
    """A lookup table T with one column V, of 200 texts of 30,000 characters."""

    def column(self, key: ColumnKey) -> Descriptor | None:
        return TEXT

    def rows(self, keys: frozenset[ColumnKey]) -> list[LookupRow]:
        return [{"V": "x" * 30_000}] * 200


def test_the_length_of_a_list_is_checked_before_it_is_joined() -> None:
    given = replace(environment(), lookup_table=lambda name: LongTexts())
    blr = aggregated(bytes([LIST]) + field("V", 1) + text(","), None)
    parsed = parse(expression_blr(blr), given)
    tracemalloc.start()
    try:
        with pytest.raises(EvaluationError, match="a text of 6000199 characters is too long"):
            parsed.evaluate(lambda key: None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@dataclass
class CountedDatabase:
    """A database of one table T with the column K; counts how often its rows are read."""

    rows: int
    budget: EvaluationBudget
    reads: int = 0

    @property
    def tables(self) -> list[Table]:
        column = Column("K", 0, LONG)
        name = QualifiedName("T")
        return [Table("T", 128, TableKind.TABLE, 1, (column,), qualified_name=name)]

    def images(self, table: Table) -> Iterator[tuple[int, Format | None, bytes]]:
        self.reads += 1
        for number in range(self.rows):
            yield 1, None, number.to_bytes(4, "little")


def lookup_tables(database: CountedDatabase, opened: list[Table]) -> LookupTables:
    def factory(table: Table) -> ReaderFactory:
        opened.append(table)
        return lambda column, number, layout: lambda image: image[0]

    return LookupTables(database, factory)  # type: ignore[arg-type]


def test_another_table_is_opened_and_read_once() -> None:
    database, opened = CountedDatabase(100, EvaluationBudget(0)), list[Table]()
    tables = lookup_tables(database, opened)
    for _ in range(50):
        found = tables.find(QualifiedName("T"))
        assert found is not None
        assert len(found.rows(frozenset({"K"}))) == 100
    assert (database.reads, len(opened)) == (1, 1)
    assert tables.find(QualifiedName("U")) is None


def test_rows_of_other_tables_spend_steps_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    budget = EvaluationBudget(0)
    found = lookup_tables(CountedDatabase(1000, budget), []).find(QualifiedName("T"))
    assert found is not None
    before = budget.steps_left
    found.rows(frozenset({"K"}))
    assert before - budget.steps_left == 2000
    monkeypatch.setattr("gdb_export.firebird.computed.lookup_tables.MAX_HELD_BYTES", 500_000)
    with pytest.raises(EvaluationError, match="subselects of more than"):
        found.rows(frozenset({"K", 0}))


def test_a_row_that_a_subselect_tests_spends_its_nodes() -> None:
    given = replace(with_steps(1 << 20), lookup_table=lambda name: LongTexts())
    condition = verb(Verb.GTR, field("V", 1), text("y"))
    parsed = parse(expression_blr(lookup(condition, field("V", 1))), given)
    parsed.evaluate(lambda key: None)
    assert (1 << 20) - given.budget.steps_left >= 200 * 2


def test_expressions_of_another_table_are_not_parsed() -> None:
    backup = Backup(MemorySource(attack("comp20.fbk")))
    before = backup.budget.nodes_left
    RowValues(
        backup,
        backup.tables[0],
        TextDecoder(53),
        lambda column, counts: None,
        parses_computed=False,
    )
    assert backup.budget.nodes_left == before
