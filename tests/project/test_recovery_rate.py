"""How `make recovery` counts rows: what is recovered, lost in part, unfinished or wrong."""

from collections import Counter
from pathlib import Path

from benchmarks.recovery.__main__ import seeds_by_database
from benchmarks.recovery.comparison import Outcome, compare
from benchmarks.recovery.rows import Row, TableRows

COLUMNS = ("ID", "AMOUNT", "DAY")
WHOLE = TableRows(COLUMNS, [("1", "-2.0", "2020-01-02"), ("2", "7.5", "2021-03-04")])


def outcome(
    *rows: Row, columns: Row = COLUMNS, lost: frozenset[str] = frozenset(), unfinished: Row = ()
) -> Outcome:
    """The outcome of an export that gives these rows of T, all of which are intact."""
    result, _ = compare(
        {"T": WHOLE},
        {"T": WHOLE.counted()},
        {"T": Counter([unfinished] if unfinished else [])},
        {"T": TableRows(columns, list(rows))},
        {"T": set(lost)},
    )
    return result


def test_a_row_with_other_values_is_wrong() -> None:
    result = outcome(WHOLE.rows[0], ("2", "75", "2021-03-04"))
    assert (result.recovered, result.partial, result.wrong, result.lost) == (1, 0, 1, 1)


def test_a_row_with_a_reported_null_is_lost_in_part() -> None:
    result = outcome(("1", "", "2020-01-02"), WHOLE.rows[1], lost=frozenset({"AMOUNT"}))
    assert (result.recovered, result.partial, result.wrong) == (1, 1, 0)
    assert outcome(("1", "", "2020-01-02"), WHOLE.rows[1]).wrong == 1


def test_a_value_in_an_older_type_counts_only_where_the_type_is_reported_as_lost() -> None:
    older = ("1", "-2", "2020-01-02 00:00:00")
    assert outcome(older, lost=frozenset({"AMOUNT", "DAY"})).partial == 1
    assert outcome(older, lost=frozenset({"AMOUNT"})).wrong == 1
    other_value = ("1", "-20", "2020-01-02")
    assert outcome(other_value, lost=frozenset({"AMOUNT"})).wrong == 1


def test_a_row_of_an_unfinished_transaction_is_not_wrong_without_a_column() -> None:
    result = outcome(("9", "5"), columns=("ID", "AMOUNT"), unfinished=("9", "5", "2022-05-06"))
    assert (result.unfinished, result.wrong) == (1, 0)


def test_the_seeds_are_divided_among_the_databases_in_turn() -> None:
    paths = [Path("a"), Path("b"), Path("c")]
    divided = {path: list(seeds) for path, seeds in seeds_by_database(paths, 7)}
    assert divided == {paths[0]: [0, 3, 6], paths[1]: [1, 4], paths[2]: [2, 5]}
