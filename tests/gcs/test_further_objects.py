"""Volumes of a split backup and another copy with the schema, as objects in a bucket."""

import gzip
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from google.cloud import storage

import gdb_export
from gdb_export.cli.command_line import main
from gdb_export.export.export import export
from gdb_export.firebird.core.ods import PageType
from gdb_export.gcs.exports.bucket_export import BucketExport
from gdb_export.gcs.provenance import Provenance
from gdb_export.gcs.resumable_upload import OpenUploads
from gdb_export.options import BadOption
from gdb_export.progress import Progress
from local.storage.server import StorageServer
from tests.data.databases import database_bytes
from tests.export.golden import DATA, exported_tables, golden_tables
from tests.firebird.test_volumes import volume
from tests.hostile.corruptions import pages_of_type, zeroed
from tests.hostile.pages.test_foreign_schema import without_catalogue

BACKUP = DATA / "fb50" / "types.fbk.gz"


@pytest.fixture(autouse=True)
def environment(server: StorageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Direct Google's client to the server."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)


@pytest.fixture
def volumes(bucket: storage.Bucket) -> list[storage.Blob]:
    """A backup in three volumes, types1.fbk to types3.fbk in the folder b/."""
    whole = gzip.decompress(BACKUP.read_bytes())
    blobs = []
    for number, (begin, end) in enumerate([(0, 5), (5, 3000), (3000, len(whole))], 1):
        blobs.append(bucket.blob(f"b/types{number}.fbk"))
        blobs[-1].upload_from_string(volume(whole[begin:end], number, 3))
    return blobs


@pytest.fixture
def undamaged_copy(bucket: storage.Bucket) -> bytes:
    """The content of SISTER.GDB, a copy with a catalogue of LOST.GDB, which has none."""
    data = database_bytes("fb15/evolve")
    bucket.blob("shop/LOST.GDB").upload_from_string(without_catalogue(data))
    bucket.blob("shop/SISTER.GDB").upload_from_string(data)
    return data


def run_job(bucket: storage.Bucket, name: str, **options: object) -> bytes:
    """Export the newest generation of an object as the job does; return the ZIP."""
    blob = bucket.get_blob(name)
    checksum = f"crc32c={blob.crc32c},md5Hash={blob.md5_hash}"
    provenance = Provenance(bucket.name, name, str(blob.generation), options, "exports/1", checksum)
    exported = BucketExport(bucket, provenance, 1 << 20, ".parts/1/", OpenUploads())
    uri = exported.run(export, Progress(), lambda: None).uri
    content: bytes = storage.Blob.from_uri(uri, client=bucket.client).download_as_bytes()
    return content


def uploaded_again(bucket: storage.Bucket, name: str) -> None:
    """Give the object a new generation with the same content."""
    blob = bucket.get_blob(name)
    bucket.blob(name).rewrite(blob)


def names(bucket: storage.Bucket) -> list[str]:
    return sorted(blob.name for blob in bucket.list_blobs())


def tables_of(content: bytes, folder: Path) -> dict[str, bytes]:
    path = folder / "downloaded.zip"
    path.write_bytes(content)
    return exported_tables(path)


def test_the_command_exports_volumes_in_one_folder_of_a_bucket(
    volumes: list[storage.Blob], bucket: storage.Bucket, tmp_path: Path
) -> None:
    assert main(["export", "gs://uploads/b/types1.fbk"]) == 0
    content = bucket.blob("b/types1.zip").download_as_bytes()
    assert tables_of(content, tmp_path) == golden_tables(BACKUP)
    assert main(["inspect", "gs://uploads/b/types1.fbk"]) == 0


def test_the_command_and_the_library_take_volumes_by_name(
    volumes: list[storage.Blob], bucket: storage.Bucket, tmp_path: Path
) -> None:
    first = "gs://uploads/b/types1.fbk"
    moved = [bucket.rename_blob(blob, f"else{index}") for index, blob in enumerate(volumes[1:])]
    others = [f"gs://uploads/{blob.name}" for blob in moved]
    options = [argument for other in others for argument in ("--volume", other)]
    assert main(["export", first, str(tmp_path / "out.zip"), *options]) == 0
    assert exported_tables(tmp_path / "out.zip") == golden_tables(BACKUP)
    with gdb_export.open(first, volumes=others) as db:
        assert len(db.tables) == len(golden_tables(BACKUP))


def test_a_missing_volume_in_a_bucket_is_named(
    volumes: list[storage.Blob], capsys: pytest.CaptureFixture[str]
) -> None:
    volumes[1].delete()
    assert main(["export", "gs://uploads/b/types1.fbk"]) == 1
    assert "volume 2 of the 3 of this backup is missing" in capsys.readouterr().err


def test_the_job_exports_volumes(
    volumes: list[storage.Blob], bucket: storage.Bucket, tmp_path: Path
) -> None:
    content = run_job(bucket, "b/types1.fbk")
    assert tables_of(content, tmp_path) == golden_tables(BACKUP)


@pytest.mark.usefixtures("short_replacement_waits")
def test_the_command_takes_the_schema_from_another_object(
    undamaged_copy: bytes,
    bucket: storage.Bucket,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, copy = "gs://uploads/shop/LOST.GDB", "gs://uploads/shop/SISTER.GDB"
    assert main(["export", source]) == 1
    assert "--schema-from COPY.GDB" in capsys.readouterr().err
    assert main(["export", source, "--schema-from", copy]) == 0
    content = bucket.blob("shop/LOST.zip").download_as_bytes()
    (tmp_path / "E.GDB").write_bytes(undamaged_copy)
    assert main(["export", str(tmp_path / "E.GDB")]) == 0
    assert tables_of(content, tmp_path) == exported_tables(tmp_path / "E.zip")
    assert main(["inspect", source, "--schema-from", copy]) == 0
    assert main(["export", source, "--schema-from", "gs://uploads/NONE.GDB"]) == 1
    assert "gs://uploads/NONE.GDB is not there" in capsys.readouterr().err


def test_the_destination_is_never_a_further_object(
    undamaged_copy: bytes, volumes: list[storage.Blob], bucket: storage.Bucket
) -> None:
    source, copy = "gs://uploads/shop/LOST.GDB", "gs://uploads/shop/SISTER.GDB"
    assert main(["export", source, copy, "--schema-from", copy, "--overwrite"]) == 2
    assert bucket.blob("shop/SISTER.GDB").download_as_bytes() == undamaged_copy
    third = "gs://uploads/b/types3.fbk"
    before = volumes[2].download_as_bytes()
    assert main(["export", "gs://uploads/b/types1.fbk", third, "--overwrite"]) == 2
    assert volumes[2].download_as_bytes() == before


def test_the_job_takes_the_schema_from_an_object_in_the_folder(
    undamaged_copy: bytes, bucket: storage.Bucket
) -> None:
    content = run_job(bucket, "shop/LOST.GDB", schema_from="SISTER.GDB")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert '"file": "SISTER.GDB"' in archive.read("datapackage.json").decode()
    with pytest.raises(BadOption, match=r"there is no OTHER.GDB in the folder"):
        run_job(bucket, "shop/LOST.GDB", schema_from="OTHER.GDB", overwrite=True)


def test_the_same_content_is_not_exported_again_unless_the_upload_asks_for_it(
    bucket: storage.Bucket,
) -> None:
    bucket.blob("E.GDB").upload_from_string(database_bytes("fb15/evolve"))
    first = run_job(bucket, "E.GDB")
    uploaded_again(bucket, "E.GDB")
    assert run_job(bucket, "E.GDB") == first
    assert names(bucket) == ["E.GDB", "E.zip"]
    run_job(bucket, "E.GDB", again="monday")
    run_job(bucket, "E.GDB", again="monday")
    assert names(bucket) == ["E-export1.zip", "E.GDB", "E.zip"]
    assert run_job(bucket, "E.GDB", overwrite=True) != first
    bucket.blob("E.GDB").upload_from_string(database_bytes("fb15/types"))
    run_job(bucket, "E.GDB")
    assert names(bucket) == ["E-export1.zip", "E-export2.zip", "E.GDB", "E.zip"]


def test_the_same_content_is_exported_again_if_it_had_warnings_or_other_objects_take_part(
    undamaged_copy: bytes, volumes: list[storage.Blob], bucket: storage.Bucket
) -> None:
    """The other objects may have changed, or may have come since."""
    for name in ("b/types1.fbk", "shop/LOST.GDB"):
        options = {"schema_from": "SISTER.GDB"} if name.startswith("shop") else {}
        run_job(bucket, name, **options)
        uploaded_again(bucket, name)
        run_job(bucket, name, **options)
    assert {"b/types1-export1.zip", "shop/LOST-export1.zip"} <= set(names(bucket))
    data = database_bytes("fb15/evolve")
    damaged = zeroed(data, pages_of_type(data, PageType.DATA)[-1])
    bucket.blob("D.GDB").upload_from_string(damaged)
    run_job(bucket, "D.GDB")
    uploaded_again(bucket, "D.GDB")
    run_job(bucket, "D.GDB")
    assert "D-export1.zip" in names(bucket)
