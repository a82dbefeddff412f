"""`Table.arrow`: selection, bounded batches, damage, and the optional dependency pyarrow."""

import gzip
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import gdb_export
from gdb_export.arrow import buffers
from gdb_export.arrow.schema import FIREBIRD_TYPE

DATA = Path(__file__).parents[1] / "data"


def database(name: str) -> bytes:
    return gzip.decompress((DATA / f"{name}.fdb.gz").read_bytes())


def test_a_field_names_its_firebird_type() -> None:
    with gdb_export.open(database("fb15/types")) as db:
        schema = db.tables["T_DOM"].arrow().schema
    assert schema.field("VAL").metadata[FIREBIRD_TYPE].startswith((b"NUMERIC", b"DECIMAL"))
    assert pa.types.is_decimal128(schema.field("VAL").type)


def test_no_blob_is_read_for_columns_that_are_not_selected(monkeypatch: pytest.MonkeyPatch) -> None:
    with gdb_export.open(database("fb15/blobs")) as db:
        table = next(t for t in db.tables.values() if any("BLOB" in c.type for c in t.columns))
        kept = [column.name for column in table.columns if "BLOB" not in column.type]

        def fail(*_: object) -> bytes:
            raise AssertionError("a blob was read")

        monkeypatch.setattr("gdb_export.firebird.database.Database.blob", fail)
        found = table.arrow(kept).read_all()
        assert found.column_names == kept
        assert found.num_rows == len(list(table.rows(kept))) > 0


def test_columns_come_in_the_requested_order() -> None:
    with gdb_export.open(database("fb15/types")) as db:
        assert db.tables["T_DOM"].arrow(["VAL", "ID"]).schema.names == ["VAL", "ID"]
        with pytest.raises(gdb_export.BadOption, match="has no column 'NO_SUCH'"):
            db.tables["T_DOM"].arrow(["NO_SUCH"])


def test_batches_end_at_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with gdb_export.open(database("fb15/types")) as db:
        whole = db.tables["T_ALL"].arrow().read_all()
        monkeypatch.setattr(buffers, "_MAX_BATCH_ROWS", 16)
        by_rows = list(db.tables["T_ALL"].arrow())
        assert max(batch.num_rows for batch in by_rows) == 16
        monkeypatch.setattr(buffers, "MAX_BATCH_BYTES", 1)
        by_bytes = list(db.tables["T_ALL"].arrow())
        assert min(batch.num_rows for batch in by_bytes) == 1
    for batches in (by_rows, by_bytes):
        assert pa.Table.from_batches(batches).equals(whole)


def test_a_column_keeps_its_values_after_its_batch_and_later_batches_are_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(buffers, "_MAX_BATCH_ROWS", 16)
    with gdb_export.open(database("fb15/types")) as db:
        table = db.tables["T_ALL"]
        values = table.arrow().read_all().column(1).to_pylist()
        columns = [batch.column(1) for batch in table.arrow()]
        # batches that are dropped at once, whose memory the kernel uses again
        assert sum(batch.num_rows for batch in table.arrow()) == len(values)
    assert [value for column in columns for value in column.to_pylist()] == values


def test_damage_is_a_warning_and_costs_its_rows() -> None:
    data = bytearray(database("fb15/types"))
    with gdb_export.open(data) as db:
        table = db.tables["T_ALL"]
        intact = table.arrow().read_all().num_rows
        page_size = db.page_size
        plan = table._opened.plan(table._table)
        number = next(plan.chunks()).locations[0][1]
    data[number * page_size : (number + 1) * page_size] = bytes(page_size)
    with gdb_export.open(data) as db:
        assert db.tables["T_ALL"].arrow().read_all().num_rows < intact
        assert any(f"page {number}" in warning for warning in db.warnings)


def test_pyarrow_is_loaded_only_when_it_is_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "B.GDB"
    source.write_bytes(database("fb15/types"))
    program = (
        "import sys, gdb_export\n"
        "with gdb_export.open(sys.argv[1]) as db:\n"
        "    list(db.tables['T_DOM']); db.export(sys.argv[1] + '.zip')\n"
        "    assert 'pyarrow' not in sys.modules\n"
        "    sys.modules['pyarrow'] = None\n"
        "    try:\n"
        "        db.tables['T_DOM'].arrow()\n"
        "    except gdb_export.ArrowExtraMissing as error:\n"
        "        print(error)\n"
    )
    command = [sys.executable, "-c", program, str(source)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed == 'Arrow and Parquet need pyarrow: pip install "gdb-export[arrow]"\n'
