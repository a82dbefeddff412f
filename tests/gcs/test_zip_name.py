"""The name of the ZIP of an upload, and ZIPs that exist already."""

from dataclasses import replace

import pytest
from google.cloud import storage

from gdb_export.gcs.gcs_source import SourceGone
from gdb_export.gcs.provenance import Provenance
from gdb_export.gcs.zip_name import FreeName, resolve_output

PROVENANCE = Provenance("uploads", "shop/BACKUP.GDB", "17", {"tables": ["A"]}, "exports/x")


def put(bucket: storage.Bucket, name: str, provenance: Provenance | None = None) -> storage.Blob:
    """Upload a ZIP, as if an export with this provenance had written it."""
    blob = bucket.blob(name)
    blob.metadata = provenance.metadata() if provenance else None
    blob.upload_from_string(b"zip")
    return blob


def test_the_zip_is_in_the_folder_of_the_upload(bucket: storage.Bucket) -> None:
    assert resolve_output(bucket, PROVENANCE, overwrite=False) == FreeName("shop/BACKUP.zip", 0)


@pytest.mark.parametrize("name", ["a.b.fdb", "a.b.GBK"])
def test_only_the_last_suffix_is_replaced(name: str, bucket: storage.Bucket) -> None:
    output = resolve_output(bucket, replace(PROVENANCE, name=name), overwrite=False)
    assert output == FreeName("a.b.zip", 0)


def test_a_zip_of_another_source_is_not_replaced(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip")
    assert resolve_output(bucket, PROVENANCE, overwrite=False) == FreeName(
        "shop/BACKUP-export1.zip", 0
    )
    put(bucket, "shop/BACKUP-export1.zip", replace(PROVENANCE, generation="16"))
    assert resolve_output(bucket, PROVENANCE, overwrite=False) == FreeName(
        "shop/BACKUP-export2.zip", 0
    )


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_zip_of_the_same_source_and_options_is_adopted(
    overwrite: bool, bucket: storage.Bucket
) -> None:
    put(bucket, "shop/BACKUP.zip", replace(PROVENANCE, job="exports/another"))
    output = resolve_output(bucket, PROVENANCE, overwrite)
    assert isinstance(output, storage.Blob)
    assert output.name == "shop/BACKUP.zip"


def test_a_matching_zip_is_found_under_a_numbered_name(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip")
    put(bucket, "shop/BACKUP-export1.zip", PROVENANCE)
    output = resolve_output(bucket, PROVENANCE, overwrite=False)
    assert isinstance(output, storage.Blob)
    assert output.name == "shop/BACKUP-export1.zip"


@pytest.mark.parametrize(
    "other", [{"generation": "18"}, {"options": {}}, {"name": "shop/BACKUP.FDB"}]
)
def test_a_zip_of_another_generation_or_other_options_does_not_match(
    other: dict[str, object], bucket: storage.Bucket
) -> None:
    put(bucket, "shop/BACKUP.zip", replace(PROVENANCE, **other))
    assert isinstance(resolve_output(bucket, PROVENANCE, overwrite=False), FreeName)


def test_an_overwrite_has_the_generation_to_replace(bucket: storage.Bucket) -> None:
    old = put(bucket, "shop/BACKUP.zip")
    assert resolve_output(bucket, PROVENANCE, overwrite=True) == FreeName(
        "shop/BACKUP.zip", old.generation
    )


def test_an_older_upload_does_not_replace_the_zip_of_a_newer_one(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip", replace(PROVENANCE, generation="18"))
    with pytest.raises(SourceGone, match="replaced by a newer upload") as caught:
        resolve_output(bucket, PROVENANCE, overwrite=True)
    assert caught.value.newer == "18"
    assert resolve_output(bucket, PROVENANCE, overwrite=False) == FreeName(
        "shop/BACKUP-export1.zip", 0
    )


def test_the_metadata_is_ascii() -> None:
    metadata = replace(PROVENANCE, name="açaí/BACKUP ß.GDB").metadata()
    assert all(value.isascii() for value in metadata.values())
