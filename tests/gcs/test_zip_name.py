from dataclasses import replace

import pytest
from google.cloud import storage

from gdb_export.gcs.gcs_source import SourceGone
from gdb_export.gcs.zip_name import FreeName, Provenance, resolve_output

MINE = Provenance("uploads", "shop/BACKUP.GDB", "17", {"tables": ["A"]}, "exports/x")


def put(bucket: storage.Bucket, name: str, made_of: Provenance | None = None) -> storage.Blob:
    blob = bucket.blob(name)
    blob.metadata = made_of.metadata() if made_of else None
    blob.upload_from_string(b"zip")
    return blob


def test_the_zip_goes_beside_the_upload(bucket: storage.Bucket) -> None:
    assert resolve_output(bucket, MINE, overwrite=False) == FreeName("shop/BACKUP.zip", 0)


@pytest.mark.parametrize("name", ["a.b.fdb", "a.b.GBK"])
def test_only_the_last_ending_is_replaced(name: str, bucket: storage.Bucket) -> None:
    place = resolve_output(bucket, replace(MINE, name=name), overwrite=False)
    assert place == FreeName("a.b.zip", 0)


def test_a_zip_of_something_else_is_left_alone(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip")
    assert resolve_output(bucket, MINE, overwrite=False) == FreeName("shop/BACKUP-export1.zip", 0)
    put(bucket, "shop/BACKUP-export1.zip", replace(MINE, generation="16"))
    assert resolve_output(bucket, MINE, overwrite=False) == FreeName("shop/BACKUP-export2.zip", 0)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_zip_of_the_same_is_adopted(overwrite: bool, bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip", replace(MINE, job="exports/another"))
    place = resolve_output(bucket, MINE, overwrite)
    assert isinstance(place, storage.Blob)
    assert place.name == "shop/BACKUP.zip"


def test_a_zip_of_the_same_is_found_under_a_later_name(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip")
    put(bucket, "shop/BACKUP-export1.zip", MINE)
    place = resolve_output(bucket, MINE, overwrite=False)
    assert isinstance(place, storage.Blob)
    assert place.name == "shop/BACKUP-export1.zip"


@pytest.mark.parametrize(
    "other", [{"generation": "18"}, {"options": {}}, {"name": "shop/BACKUP.FDB"}]
)
def test_other_bytes_or_options_are_something_else(
    other: dict[str, object], bucket: storage.Bucket
) -> None:
    put(bucket, "shop/BACKUP.zip", replace(MINE, **other))
    assert isinstance(resolve_output(bucket, MINE, overwrite=False), FreeName)


def test_an_overwrite_names_the_generation_that_it_replaces(bucket: storage.Bucket) -> None:
    old = put(bucket, "shop/BACKUP.zip")
    assert resolve_output(bucket, MINE, overwrite=True) == FreeName(
        "shop/BACKUP.zip", old.generation
    )


def test_an_older_upload_does_not_replace_the_zip_of_a_newer_one(bucket: storage.Bucket) -> None:
    put(bucket, "shop/BACKUP.zip", replace(MINE, generation="18"))
    with pytest.raises(SourceGone, match="replaced by a newer upload") as caught:
        resolve_output(bucket, MINE, overwrite=True)
    assert caught.value.newer == "18"
    assert resolve_output(bucket, MINE, overwrite=False) == FreeName("shop/BACKUP-export1.zip", 0)


def test_the_metadata_is_ascii() -> None:
    metadata = replace(MINE, name="açaí/BACKUP ß.GDB").metadata()
    assert all(value.isascii() for value in metadata.values())
