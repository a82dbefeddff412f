"""The folder of an upload, and folders that exist already."""

import json
from dataclasses import replace

import pytest
from google.cloud import storage

from gdb_export.gcs.exports.folder_name import (
    FreeFolder,
    existing_folder,
    folder_of,
    resolve_folder,
)
from gdb_export.gcs.gcs_source import SourceGone
from gdb_export.gcs.provenance import Provenance

PROVENANCE = Provenance("uploads", "shop/BACKUP.GDB", "17", {"format": "parquet"}, "exports/x")
WANTED = "shop/BACKUP/"
MANIFEST = {
    "resources": [{"path": "A.parquet", "rows": 3, "bytes": 100}],
    "x-warnings": ["odd"],
    "x-source": {"ods": "10.1"},
    "x-damage": {"count": 2},
}


def put(bucket: storage.Bucket, name: str, provenance: Provenance | None = None) -> storage.Blob:
    blob = bucket.blob(name)
    blob.metadata = provenance.metadata() if provenance else None
    blob.upload_from_string(json.dumps(MANIFEST))
    return blob


def free(bucket: storage.Bucket, overwrite: bool = False) -> str:
    output = resolve_folder(bucket, WANTED, PROVENANCE, overwrite)
    assert isinstance(output, FreeFolder)
    return output.prefix


@pytest.mark.parametrize("name", ["a.b.fdb", "a.b.GBK"])
def test_only_the_last_suffix_is_dropped(name: str) -> None:
    assert folder_of(name) == "a.b/"


def test_the_folder_is_beside_the_upload(bucket: storage.Bucket) -> None:
    assert free(bucket) == WANTED


def test_a_folder_of_another_source_is_not_replaced(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP/datapackage.json")
    put(bucket, "shop/BACKUP-export1/mine")
    put(bucket, "shop/BACKUP-export2/datapackage.json", replace(PROVENANCE, generation="16"))
    assert free(bucket) == "shop/BACKUP-export3/"


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_export_of_the_same_source_and_options_is_adopted(
    overwrite: bool, bucket: storage.Bucket
) -> None:
    assert existing_folder(bucket, WANTED, PROVENANCE, overwrite) is None
    blob = put(bucket, "shop/BACKUP/datapackage.json", replace(PROVENANCE, job="exports/another"))
    existing = existing_folder(bucket, WANTED, PROVENANCE, overwrite)
    assert existing is not None
    assert existing.uri == "gs://uploads/shop/BACKUP/"
    assert existing.result == (1, 3, 100 + blob.size, ("odd",), "10.1", 2)


def test_files_that_a_killed_execution_of_the_same_export_left_are_replaced(
    bucket: storage.Bucket,
) -> None:
    put(bucket, "shop/BACKUP/A.parquet", PROVENANCE)
    assert free(bucket) == WANTED
    put(bucket, "shop/BACKUP/B.parquet", replace(PROVENANCE, generation="16"))
    assert free(bucket) == "shop/BACKUP-export1/"


def test_an_older_upload_does_not_replace_the_folder_of_a_newer_one(
    bucket: storage.Bucket,
) -> None:
    put(bucket, "shop/BACKUP/datapackage.json", replace(PROVENANCE, generation="18"))
    with pytest.raises(SourceGone, match="replaced by a newer upload") as caught:
        resolve_folder(bucket, WANTED, PROVENANCE, overwrite=True)
    assert caught.value.newer == "18"
    assert free(bucket) == "shop/BACKUP-export1/"
