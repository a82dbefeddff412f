"""Compares the rows that a damaged database gives with the rows of the undamaged one."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from benchmarks.recovery.rows import Row, TableRows

Rows = Mapping[str, "Counter[Row]"]  # rows with their numbers, by table

_DATE_OR_TIME = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d")


@dataclass
class Outcome:
    """Numbers of rows, summed over databases and seeds.

    `intact`: physically complete in the damaged file. `recovered`: those of them that came back.
    `partial`: rows that came back with a column or a field missing that was reported as lost, or
    with its value in an older type where the column's type was reported as lost.
    `unfinished`: rows of transactions that were not committed. `overwritten`: rows with other
    values where the damage overwrote the row's own bytes, which only a checksum could reveal.
    `wrong`: rows with any other content. `refused` counts the `runs` that ended with an error
    message and gave no rows.
    """

    intact: int = 0
    recovered: int = 0
    partial: int = 0
    unfinished: int = 0
    overwritten: int = 0
    wrong: int = 0
    refused: int = 0
    runs: int = 0

    def add(self, other: "Outcome") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def lost(self) -> int:
        """The intact rows that did not come back, or only in part."""
        return self.intact - self.recovered

    @property
    def rate(self) -> float:
        """The share of the intact rows that came back."""
        return self.recovered / self.intact if self.intact else 1.0


def compare(
    whole: Mapping[str, TableRows],
    intact: Rows,
    unfinished: Rows,
    given: Mapping[str, TableRows],
    lost_columns: Mapping[str, set[str]],
) -> tuple[Outcome, list[tuple[str, Row]]]:
    """The outcome of one export, and its wrong rows with their tables.

    `unfinished` are the versions of unfinished transactions; `lost_columns` are those of each table
    in which the export reported that a field is lost.
    """
    outcome = Outcome(runs=1, intact=sum(sum(rows.values()) for rows in intact.values()))
    wrong: list[tuple[str, Row]] = []
    for table, table_rows in given.items():
        if table not in whole:
            wrong += [(table, row) for row in table_rows.rows]
            continue
        if table_rows is whole[table]:
            outcome.recovered += sum(intact.get(table, Counter()).values())
            continue
        expected = whole[table].counted()
        rows = table_rows.with_columns(whole[table].columns).counted()
        outcome.recovered += sum((rows & intact.get(table, Counter())).values())
        columns = whole[table].columns
        lost = lost_columns.get(table, set()) | set(columns) - set(table_rows.columns)
        lost_indexes = {index for index, name in enumerate(columns) if name in lost}
        rest = expected - rows
        candidates = _by_kept_fields(rest, lost_indexes) if lost else {}
        not_committed = unfinished.get(table, Counter())
        unfinished_candidates = _by_kept_fields(not_committed, lost_indexes) if lost else {}
        # rows with the most values first: fewer expected rows can match them
        for row in sorted((rows - expected).elements(), key=lambda row: row.count("")):
            match = _with_lost_fields(row, rest, candidates, lost_indexes)
            if row in not_committed:
                outcome.unfinished += 1
            elif match is not None:
                outcome.partial += 1
                rest[match] -= 1
            elif _with_lost_fields(row, not_committed, unfinished_candidates, lost_indexes):
                outcome.unfinished += 1
            elif _is_overwritten(row, rest - intact.get(table, Counter())):
                outcome.overwritten += 1
            else:
                wrong.append((table, row))
    outcome.wrong = len(wrong)
    return outcome, wrong


def _kept_fields(row: Row, lost: set[int]) -> Row:
    return tuple(field for index, field in enumerate(row) if index not in lost)


def _by_kept_fields(rows: "Counter[Row]", lost: set[int]) -> dict[Row, list[Row]]:
    """The rows by the fields of the columns that are not lost."""
    by_fields: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        by_fields[_kept_fields(row, lost)].append(row)
    return by_fields


def _with_lost_fields(
    row: Row, rest: "Counter[Row]", candidates: Mapping[Row, list[Row]], lost: set[int]
) -> Row | None:
    """The expected row that differs from `row` only in lost fields: in `row`, these are NULL, or
    have the same value in the type in which it is stored."""
    for candidate in candidates.get(_kept_fields(row, lost), ()):
        if rest[candidate] > 0 and all(
            row[index] == "" or _is_same_value(row[index], candidate[index]) for index in lost
        ):
            return candidate
    return None


def _is_same_value(stored: str, declared: str) -> bool:
    """Whether two fields have the same value in types that a column had one after the other."""
    if stored.casefold() == declared.casefold():
        return True
    with suppress(InvalidOperation):
        return Decimal(stored) == Decimal(declared)
    longer, shorter = sorted((stored, declared), key=len, reverse=True)
    # a timestamp and its date, or a time with fewer decimals
    return bool(_DATE_OR_TIME.match(shorter)) and longer.startswith(shorter)


def _is_overwritten(row: Row, damaged: "Counter[Row]") -> bool:
    """Whether the row has values of a row whose bytes are partly lost."""
    min_equal = max(1, len(row) // 4)
    return any(
        sum(field == other for field, other in zip(row, candidate, strict=True)) >= min_equal
        for candidate in damaged
    )
