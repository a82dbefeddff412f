"""Every damaged file of the corpus gives the rows that are not damaged, or a refusal in words."""

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
    # what is left has the catalogue but not one page of a user's table
    "fb15_evolve_trunc_half.fdb": "cut off or damaged so far that no row of any table",
    "fb15_evolve_trunc_mid.fdb": "cut off or damaged so far that no row of any table",
    "fb50_evolve_trunc_1page.fdb": "nothing but the header page is left",
}
# Rows that are lost, by table; all others come out. A table that is not in the catalogue any more
# is lost whole
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
    # E3 has also lost the formats that tell what older rows have in columns added later
    "fb50_evolve_trunc_90.fdb": {"E4": 75, "E5": 26, "E6": 8, "E7": 21, "E8": 4},
    "fb50_evolve_zero_data.fdb": {"E1": 51},
    "fb50_evolve_zero_ptr.fdb": {},
}
SOUND = {"fb15_evolve_zero_pip.fdb"}  # only the list of free pages is lost, which no row needs
# Those of which another test says more: transactions that count as committed, a blob's page; and
# a backup under the name of a database, which is none of the damaged
ELSEWHERE = {"fb50_mvcc_zero_tip.fdb", "fb15_blobs_blob_ptr.fdb", "fb15_fbk.GDB"}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    path = CORPUS / "bad" / "manifest.json"
    if not path.exists():
        pytest.skip("the corpus of damaged files is not here: nothing compared")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def content(*place: str) -> bytes:
    return gzip.decompress(CORPUS.joinpath(*place).read_bytes())


@cache
def whole(engine: str, base: str) -> ExportedTables:
    return export_in_memory(content(engine, f"{base}.fdb.gz"))


def test_all_files_are_spoken_of(manifest: dict[str, Any]) -> None:
    assert REFUSED.keys() | LOST.keys() | ELSEWHERE == manifest.keys()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_refusal_says_what_it_is(name: str, manifest: dict[str, Any]) -> None:
    with pytest.raises(FirebirdError, match=REFUSED[name]):
        export_in_memory(content("bad", f"{name}.gz"))


@pytest.mark.parametrize("name", sorted(LOST))
def test_all_rows_that_are_not_damaged_come_out(name: str, manifest: dict[str, Any]) -> None:
    result = export_in_memory(content("bad", f"{name}.gz"))
    original = whole(manifest[name]["engine"], manifest[name]["base"])
    lost = {}
    for table, rows in original.rows.items():
        if (name, table) == ("fb50_evolve_trunc_90.fdb", "E3"):
            assert len(result.rows[table]) == len(rows) - 33
            assert any("is lost with format 19" in one for one in result.warnings)
            continue
        left = result.rows.get(table, [])
        assert only_rows_missing(left, rows), table
        if len(left) < len(rows):
            lost[table] = len(rows) - len(left)
    assert lost == LOST[name]
    assert bool(result.damage["count"]) == (name not in SOUND)


@pytest.mark.parametrize("name", sorted(LOST.keys() - SOUND))
def test_strict_makes_it_a_failure(name: str, manifest: dict[str, Any]) -> None:
    with pytest.raises(FirebirdError, match="strict: "):
        export_in_memory(content("bad", f"{name}.gz"), strict=True)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_the_others_give_rows(name: str, manifest: dict[str, Any]) -> None:
    result = export_in_memory(content("bad", f"{name}.gz"))
    assert sum(map(len, result.rows.values())) > 500
    assert bool(result.damage["count"]) == (name != "fb15_fbk.GDB")
