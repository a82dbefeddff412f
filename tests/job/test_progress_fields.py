import gzip
from datetime import UTC, datetime, timedelta

import pytest

from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress, Snapshot
from job.documents.progress_fields import ProgressFields
from tests.export.golden import DATA
from tests.export.slow_source import Nowhere, SlowSource

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_before_the_pages_are_known_it_says_what_it_does() -> None:
    fields = ProgressFields().of(Snapshot(), NOW)
    assert fields == {"result": {"status": "Reading the catalogue", "current": 0, "total": 0}}


def test_the_sentence_names_the_table_and_its_place() -> None:
    snapshot = Snapshot(table="LFCES018", current=12, tables=11, tables_total=214, pages_total=1)
    assert ProgressFields().of(snapshot, NOW)["result"] == {
        "status": "Exporting LFCES018 (12 of 214)",
        "current": 12,
        "total": 214,
    }


@pytest.mark.parametrize("done", [10, 25, 50, 90])
def test_the_end_is_foreseen_by_the_pages_read_since_the_reading_began(done: int) -> None:
    """A hundred pages, one a second, after thirty seconds of looking for tables."""
    progress = ProgressFields()
    progress.of(Snapshot(pages_total=100, seconds=30), NOW)
    snapshot = Snapshot(pages=done, pages_total=100, rows=50 * done, seconds=30 + done)
    fields = progress.of(snapshot, NOW)["progress"]
    assert fields["percent"] == done
    assert fields["eta"] == NOW + timedelta(seconds=100 - done)
    assert fields["rate"] == "50 rows/s"


def test_nothing_is_foreseen_before_anything_was_read() -> None:
    fields = ProgressFields().of(Snapshot(pages_total=100, seconds=5), NOW)["progress"]
    assert fields["eta"] is None
    assert fields["rate"] is None


def test_an_export_foresees_its_end_within_a_factor_of_two_from_the_first_tenth_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database of 32 tables, read as slowly as it may come, in chunks small enough for it."""
    monkeypatch.setattr("gdb_export.chunks.chunks.CHUNK_BYTES", 64 << 10)
    monkeypatch.setattr("gdb_export.chunks.chunks._BATCH_BYTES", 16 << 10)
    source = SlowSource(gzip.decompress((DATA / "fb15" / "cnes.fdb.gz").read_bytes()))
    snapshots: list[Snapshot] = []
    origin = SourceInfo("CNES.GDB", source.size, "1", NOW)
    progress = Progress(snapshots.append, interval=0, clock=source.seconds)
    export(source, origin, Nowhere(), ExportOptions(workers=1), progress)
    whole = source.seconds()
    foreseen = ProgressFields()
    looked_at = 0
    for snapshot in snapshots:
        fields = foreseen.of(snapshot, NOW + timedelta(seconds=snapshot.seconds))
        left = whole - snapshot.seconds
        # At the very end the last chunk is read and not yet written.
        if 0.1 * whole < snapshot.seconds < 0.97 * whole:
            told = fields["progress"]["eta"] - NOW - timedelta(seconds=snapshot.seconds)
            assert left / 2 < told.total_seconds() < left * 2
            share = snapshot.seconds / whole
            assert share / 2 < fields["progress"]["percent"] / 100 < share * 2
            looked_at += 1
    assert looked_at > 100
