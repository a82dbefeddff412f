"""The progress in the job document: messages, rates and estimates."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress, Snapshot, TableDone
from job.documents.progress_fields import ProgressFields, table_fields
from tests.export.golden import DATA
from tests.export.slow_source import DiscardingDestination, SlowSource

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_the_message_before_the_pages_are_known() -> None:
    fields = ProgressFields().of(Snapshot(), NOW)
    assert fields == {"result": {"status": "Reading the catalogue", "current": 0, "total": 0}}


def test_the_message_names_the_table_and_its_position() -> None:
    snapshot = Snapshot(table="LFCES018", current=12, tables=11, tables_total=214, pages_total=1)
    assert ProgressFields().of(snapshot, NOW)["result"] == {
        "status": "Exporting LFCES018 (12 of 214)",
        "current": 12,
        "total": 214,
    }


@pytest.mark.parametrize("done", [10, 25, 50, 90])
def test_the_estimate_uses_the_pages_read_since_the_first_snapshot(done: int) -> None:
    """A hundred pages, one per second, after thirty seconds for the catalogue."""
    progress = ProgressFields()
    progress.of(Snapshot(pages_total=100, seconds=30), NOW)
    snapshot = Snapshot(pages=done, pages_total=100, rows=50 * done, seconds=30 + done)
    fields = progress.of(snapshot, NOW)["progress"]
    assert fields["percent"] == done
    assert fields["eta"] == NOW + timedelta(seconds=100 - done)
    assert fields["rate"] == "50 rows/s"


def test_there_is_no_estimate_before_the_first_page() -> None:
    fields = ProgressFields().of(Snapshot(pages_total=100, seconds=5), NOW)["progress"]
    assert fields["eta"] is None
    assert fields["rate"] is None


def test_the_documents_of_500_tables_fit_into_a_commit() -> None:
    """Firestore's limit for a commit is 10 MiB."""
    warnings = tuple(f"T.C{number}: 1 character could not be decoded" for number in range(30_000))
    fields = table_fields(TableDone("T", 1, 1, warnings))
    assert 500 * len(json.dumps(fields).encode()) < 10 << 20
    assert "more warnings" in fields["warnings"][-1]


def test_the_estimate_is_within_a_factor_of_two_after_the_first_tenth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database of 32 tables from a slow source, in small chunks."""
    monkeypatch.setattr("gdb_export.chunks.sizes.CHUNK_BYTES", 64 << 10)
    monkeypatch.setattr("gdb_export.chunks.sizes.BATCH_BYTES", 16 << 10)
    source = SlowSource(gzip.decompress((DATA / "fb15" / "cnes.fdb.gz").read_bytes()))
    snapshots: list[Snapshot] = []
    source_info = SourceInfo("CNES.GDB", source.size, "1", NOW)
    progress = Progress(snapshots.append, interval=0, clock=source.seconds)
    export(source, source_info, DiscardingDestination(), ExportOptions(workers=1), progress)
    total_seconds = source.seconds()
    progress_fields = ProgressFields()
    checked = 0
    for snapshot in snapshots:
        fields = progress_fields.of(snapshot, NOW + timedelta(seconds=snapshot.seconds))
        seconds_left = total_seconds - snapshot.seconds
        # at the very end the last chunk is read but not yet written
        if 0.1 * total_seconds < snapshot.seconds < 0.97 * total_seconds:
            estimate = fields["progress"]["eta"] - NOW - timedelta(seconds=snapshot.seconds)
            assert seconds_left / 2 < estimate.total_seconds() < seconds_left * 2
            share = snapshot.seconds / total_seconds
            assert share / 2 < fields["progress"]["percent"] / 100 < share * 2
            checked += 1
    assert checked > 100
