"""Attacks by arrays that store few of the elements that their header declares."""

import pytest

from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.arrays import array_header, read_array
from gdb_export.firebird.values.text import TextDecoder
from tests.export.in_memory import export_in_memory
from tests.hostile.attacks import attack

CHAR = Descriptor(Dtype.TEXT, 0, 1)
DECODER = TextDecoder(53)


def test_elements_that_are_not_stored_spend_the_budget() -> None:
    blob = array_header(CHAR, [(1, 1000)], 1000) + b"x" * 400
    budget = EvaluationBudget(0)
    before = budget.steps_left
    read_array(blob, DECODER, False, budget=budget)
    # 600 elements are not stored; each takes 40 steps
    assert before - budget.steps_left == 600 * 40
    budget.steps_left = 600 * 40 - 1
    with pytest.raises(EvaluationError, match="more work than the size of the database allows"):
        read_array(blob, DECODER, False, budget=budget)


def test_an_array_has_no_more_lists_than_bytes() -> None:
    bounds = [(1, 1 << 20), *[(1, 1)] * 15]
    with pytest.raises(Damage, match="an array of 15728641 rows that stores"):
        read_array(array_header(CHAR, bounds, 1 << 20), DECODER, False)


def test_a_row_of_few_bytes_does_not_become_a_megabyte() -> None:
    exported = export_in_memory(attack("array1.fbk"))
    assert exported.rows["T"] == ['""']
    assert "more work than the size of the database allows" in exported.warnings[0]


def test_a_row_of_sixteen_dimensions_is_damage() -> None:
    exported = export_in_memory(attack("array16.fbk"))
    assert exported.rows["T"] == ['""']
    assert "an array of 15728641 rows" in exported.reasons[0]


def test_a_table_that_backups_do_not_contain_costs_only_itself() -> None:
    exported = export_in_memory(attack("untyped.fbk"))
    assert {name: len(rows) for name, rows in exported.rows.items()} == {"BAD": 0, "GOOD": 3}
