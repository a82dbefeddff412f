"""Every damaged file of the corpus gives its undamaged rows, or is refused with a reason."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gdb_export.firebird.core.errors import FirebirdError
from tests.export.in_memory import ExportedTables, export_in_memory
from tests.hostile.undamaged import only_rows_missing

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

REFUSED = {
    "empty.GDB": "the file is empty",
    "text.GDB": "this is a text file",
    "zip.GDB": "this is a ZIP file, not a Firebird database: unpack it",
    # the rest of these files has the catalogue, but no page of a user's table
    "fb15_evolve_trunc_half.fdb": "cut off or damaged so far that no row of any table",
    "fb15_evolve_trunc_mid.fdb": "cut off or damaged so far that no row of any table",
    "fb50_evolve_trunc_1page.fdb": "nothing but the header page is left",
}
# Number of lost rows by table; all others are exported. Without its row in the catalogue, a table
# loses all rows
LOST = {
    "fb15_evolve_odd_pagesize.fdb": {},
    "fb15_evolve_rand_body.fdb": {"E1": 55},
    "fb15_evolve_rand_data.fdb": {"E1": 55},
    "fb15_evolve_rdbfields_data.fdb": {},
    "fb15_evolve_rdbpages_ptr.fdb": {},
    "fb15_evolve_type_data.fdb": {"E1": 55},
    "fb15_evolve_zero_data.fdb": {"E1": 55},
    "fb15_evolve_zero_pip.fdb": {},
    "fb15_evolve_zero_ptr.fdb": {},
    "fb15_evolve_zero_tip.fdb": {},
    "fb15_mvcc_cyc_back.fdb": {"M_ACTUPD": 3},
    "fb50_evolve_bad_ods.fdb": {},
    "fb50_evolve_bad_pagesize.fdb": {},
    "fb50_evolve_rand_body.fdb": {"E1": 51},
    "fb50_evolve_rdbpages_data.fdb": {},
    "fb50_evolve_rpt_data.fdb": {"E1": 3},
    # E3 has also lost the formats with the defaults of columns that were added later
    "fb50_evolve_trunc_90.fdb": {"E4": 75, "E5": 26, "E6": 8, "E7": 21, "E8": 4},
    "fb50_evolve_zero_data.fdb": {"E1": 51},
    "fb50_evolve_zero_ptr.fdb": {},
}
# Only the page inventory is lost, which the reader does not need: no damage is reported
UNREPORTED = {"fb15_evolve_zero_pip.fdb"}
# Covered by other tests: transactions that count as committed, and a lost blob page. The last one
# is an undamaged backup with the name of a database
OTHER_TESTS = {"fb50_mvcc_zero_tip.fdb", "fb15_blobs_blob_ptr.fdb", "fb15_fbk.GDB"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    path = CORPUS / "bad" / "manifest.json"
    if not path.exists():
        pytest.skip("the corpus of damaged files is missing: nothing compared")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def unpacked(*path: str) -> bytes:
    return gzip.decompress(CORPUS.joinpath(*path).read_bytes())


@cache
def undamaged(engine: str, base: str) -> ExportedTables:
    return export_in_memory(unpacked(engine, f"{base}.fdb.gz"))


def test_all_files_are_listed(manifest: dict[str, Any]) -> None:
    assert REFUSED.keys() | LOST.keys() | OTHER_TESTS == manifest.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_refusal_gives_the_reason(name: str, manifest: dict[str, Any]) -> None:
    with pytest.raises(FirebirdError, match=REFUSED[name]):
        export_in_memory(unpacked("bad", f"{name}.gz"))


@pytest.mark.parametrize("name", sorted(LOST))
def test_all_undamaged_rows_are_exported(name: str, manifest: dict[str, Any]) -> None:
    result = export_in_memory(unpacked("bad", f"{name}.gz"))
    lost = {}
    whole = undamaged(manifest[name]["engine"], manifest[name]["base"])
    for table, rows in whole.rows.items():
        if (name, table) == ("fb50_evolve_trunc_90.fdb", "E3"):
            assert len(result.rows[table]) == len(rows) - 33
            assert any("is lost with format 19" in warning for warning in result.warnings)
            continue
        remaining = result.rows.get(table, [])
        assert only_rows_missing(remaining, rows), table
        if len(remaining) < len(rows):
            lost[table] = len(rows) - len(remaining)
    assert lost == LOST[name]
    assert bool(result.damage["count"]) == (name not in UNREPORTED)


@pytest.mark.parametrize("name", sorted(LOST.keys() - UNREPORTED))
def test_strict_refuses_damage(name: str, manifest: dict[str, Any]) -> None:
    with pytest.raises(FirebirdError, match="strict: "):
        export_in_memory(unpacked("bad", f"{name}.gz"), strict=True)


@pytest.mark.parametrize("name", sorted(OTHER_TESTS))
def test_the_other_files_give_rows(name: str, manifest: dict[str, Any]) -> None:
    result = export_in_memory(unpacked("bad", f"{name}.gz"))
    assert sum(map(len, result.rows.values())) > 500
    assert bool(result.damage["count"]) == (name != "fb15_fbk.GDB")
