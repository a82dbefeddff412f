"""`--format parquet`: a folder with a Parquet file per table, complete or not there at all."""

import gzip
import io
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gdb_export
from gdb_export.chunks.chunks import Chunk
from gdb_export.cli.command_line import main
from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.export.folder import FileWriter
from gdb_export.library.formats import ExportInput, export_to
from gdb_export.library.outputs import Output
from gdb_export.options import ExportOptions
from gdb_export.parquet import table_file
from gdb_export.parquet.table_writer import TableWriter
from gdb_export.progress import Cancelled, Progress

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "BACKUP.GDB"
    path.write_bytes(gzip.decompress((DATA / "fb15" / "types.fdb.gz").read_bytes()))
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_files_hold_the_tables_and_the_manifest_describes_them(source: Path) -> None:
    assert main(["export", str(source), "--format", "parquet"]) == 0
    folder = source.with_suffix("")
    found = files(folder)
    package = json.loads(found.pop("datapackage.json"))
    assert {resource["path"] for resource in package["resources"]} == found.keys()
    assert package["x-options"]["format"] == "parquet"
    with gdb_export.open(source) as db:
        assert len(db.tables) == len(found)
        for resource in package["resources"]:
            data = found[resource["path"]]
            assert resource["bytes"] == len(data)
            assert resource["hash"] == f"crc32:{zlib.crc32(data):08x}"
            table = pq.read_table(pa.BufferReader(data))
            assert table.num_rows == resource["rows"]
            expected = db.tables[resource["title"]].arrow().read_all()
            assert str(table.to_pylist()) == str(expected.to_pylist())  # NaN equals nothing
            assert table.schema.equals(expected.schema, check_metadata=True)


def test_the_files_are_compressed_with_dictionaries_and_statistics(source: Path) -> None:
    with gdb_export.open(source) as db:
        db.export(format="parquet")
    column = pq.read_metadata(source.with_suffix("") / "T_DOM.parquet").row_group(0).column(0)
    assert column.compression == "ZSTD"
    assert column.has_dictionary_page
    assert column.statistics.has_min_max


def test_the_same_bytes_with_any_number_of_workers(source: Path, tmp_path: Path) -> None:
    with gdb_export.open(source) as db:
        one = Path(db.export(tmp_path / "one", format="parquet", workers=1).location)
        three = Path(db.export(tmp_path / "three", format="parquet", workers=3).location)
    assert files(one) == files(three)


def test_row_groups_end_at_their_limits(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "_GROUP_ARROW_BYTES", 1)
    monkeypatch.setattr("gdb_export.arrow.buffers._MAX_BATCH_ROWS", 16)
    with gdb_export.open(source) as db:
        db.export(tmp_path / "out", format="parquet", tables=["T_ALL"])
        metadata = pq.read_metadata(tmp_path / "out" / "T_ALL.parquet")
        rows = db.tables["T_ALL"].arrow().read_all().num_rows
    assert metadata.num_rows == rows
    assert metadata.num_row_groups == -(-rows // 16)


def test_an_existing_folder_is_kept_and_the_name_is_numbered(source: Path) -> None:
    folder = source.with_suffix("")
    folder.mkdir()
    (folder / "mine").write_text("mine")
    with gdb_export.open(source) as db:
        assert db.export(format="parquet").location == f"{folder}-export1"
        assert db.export(format="parquet").location == f"{folder}-export2"
    assert files(folder) == {"mine": b"mine"}
    assert files(Path(f"{folder}-export1")) == files(Path(f"{folder}-export2"))


def test_overwrite_replaces_an_export_and_nothing_else(source: Path) -> None:
    folder = source.with_suffix("")
    with gdb_export.open(source) as db:
        db.export(format="parquet")
        db.export(format="parquet", tables=["T_DOM"], overwrite=True)
        assert files(folder).keys() == {"T_DOM.parquet", "datapackage.json"}
        (folder / "mine").write_text("mine")
        before = files(folder)
        with pytest.raises(gdb_export.BadOption, match="such as mine: nothing is replaced"):
            db.export(format="parquet", overwrite=True)
        assert files(folder) == before
        with pytest.raises(gdb_export.BadOption, match="is the source itself"):
            db.export(source, format="parquet", overwrite=True)
        other = source.with_name("other.zip")
        other.write_bytes(b"precious")
        with pytest.raises(gdb_export.BadOption, match="is not a folder"):
            db.export(other, format="parquet", overwrite=True)
        assert other.read_bytes() == b"precious"
    assert [path for path in source.parent.iterdir() if path.name.startswith(".")] == []


def test_a_cancelled_export_leaves_nothing(source: Path) -> None:
    def cancel(snapshot: gdb_export.Snapshot) -> None:
        if snapshot.rows:
            raise Cancelled("enough")

    options = ExportOptions(format="parquet", workers=2)
    progress = Progress(cancel, interval=0)
    outputs = [Output(str(source.with_suffix("")), "parquet")]
    with gdb_export.open(source) as db:
        given = ExportInput(db._source.reader, db._source.info, options, progress, db._opener)
        with pytest.raises(Cancelled):
            export_to(outputs, given)
    assert list(source.parent.iterdir()) == [source]


def test_a_value_beyond_its_type_is_null_counted_listed_and_refused_by_strict(
    tmp_path: Path,
) -> None:
    source = tmp_path / "T.fdb"
    source.write_bytes(
        gzip.decompress((DATA / "fb50" / "integers_and_decimals.fdb.gz").read_bytes())
    )
    with gdb_export.open(source) as db:
        done = db.export(format="parquet")
        package = json.loads((tmp_path / "T" / "datapackage.json").read_bytes())
        listed = {
            (resource["title"], column): values
            for resource in package["resources"]
            for column, values in resource.get("x-out-of-range", {}).items()
        }
        assert listed
        for (table, column), values in listed.items():
            nulls = pq.read_table(tmp_path / "T" / f"{table}.parquet").column(column).null_count
            assert 0 < values["rows"] <= nulls
            assert len(values["first"]) == min(values["rows"], 10)
            assert all(place.startswith("page ") for place in values["first"])
            assert any(f"{table}.{column} is NULL in" in warning for warning in done.warnings)
        with pytest.raises(
            gdb_export.DamageRefused, match=r"not exported to Arrow: .* more than 38 digits"
        ):
            db.export(tmp_path / "strict", format="parquet", strict=True)
    assert not (tmp_path / "strict").exists()


def test_an_unknown_format_is_a_bad_option(source: Path) -> None:
    with gdb_export.open(source) as db, pytest.raises(gdb_export.BadOption, match="'xml' is not"):
        db.export(format="xml")


def test_a_missing_pyarrow_is_reported_in_one_line(
    source: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("gdb_export.parquet")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("gdb_export.arrow")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["export", str(source), "--format", "parquet"]) == 1
    message = capsys.readouterr().err.splitlines()[-1]
    assert message == 'gdb-export: Arrow and Parquet need pyarrow: pip install "gdb-export[arrow]"'


def test_small_tables_are_written_batch_by_batch(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    add = table_file.TableFile.add

    class FourBatches:
        """Columns of four batches."""

        schema = pa.schema([("A", pa.int32())])

        def batches(self, chunk: Chunk, stats: TableStats) -> Iterator[pa.RecordBatch]:
            for number in range(4):
                events.append("made")
                yield pa.record_batch([pa.array([number], pa.int32())], schema=self.schema)

    class Folder:
        def file(self, path: str) -> AbstractContextManager[FileWriter]:
            return nullcontext(io.BytesIO())

    def add_batch(file: table_file.TableFile, batch: pa.RecordBatch) -> None:
        events.append("added")
        add(file, batch)

    monkeypatch.setattr(table_file.TableFile, "add", add_batch)
    with gdb_export.open(source) as db:
        table = db.tables["T_ALL"]
        writer = TableWriter(
            db._opened,
            table._decoder,
            ExportOptions(),
            Folder(),  # type: ignore[arg-type]
            lambda *_: FourBatches(),
            threading.Event(),
        )
        chunks = list(db._opened.plan(table._table).chunks())
        writer.write("T_ALL.parquet", chunks[:1], lambda written: None)
    assert events == ["made", "added"] * 4


def test_batches_of_very_many_columns_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_file, "_GROUP_ARRAYS", 5)
    target = io.BytesIO()
    batches = [pa.record_batch({"A": [index], "B": [None]}) for index in range(7)]
    with table_file.TableFile(target, batches[0].schema, None) as file:
        for batch in batches:
            file.add(batch)
            assert len(file._batches) <= 2
        file.close()
    assert pq.read_table(target) == pa.Table.from_batches(batches)
