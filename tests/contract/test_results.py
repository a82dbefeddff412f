"""Results fit into a document, whatever the database holds."""

import json

from gdb_export.contract.results import (
    ErrorCode,
    capped_warnings,
    failed,
    succeeded,
    waiting,
)

# Half of Firestore's limit for a document: the other fields need their part of it
HALF = 512 << 10


def size(fields: object) -> int:
    return len(json.dumps(fields, ensure_ascii=False).encode())


def test_warnings_of_100000_damaged_places_in_10000_tables_fit() -> None:
    warnings = [f"TABLE_{number % 10_000}: page {number} é" for number in range(100_000)]
    result = succeeded("gs://uploads/BACKUP.zip", 10_000, 1, 1, warnings)
    assert size(result) < HALF
    *first_warnings, last_warning = result["warnings"]
    assert first_warnings == warnings[: len(first_warnings)]
    omitted = len(warnings) - len(first_warnings)
    assert last_warning == f"and {omitted} more warnings: all are in datapackage.json of the ZIP"


def test_a_few_warnings_are_kept_as_they_are() -> None:
    assert capped_warnings(["odd", "x" * 500]) == ["odd", "x" * 500]


def test_long_texts_are_cut() -> None:
    text = "é" * 1_000_000
    assert capped_warnings([text]) == ["é" * 500 + "…"]
    assert size(failed(ErrorCode.GAVE_UP, text)) < HALF
    assert size(waiting(text)) < HALF
