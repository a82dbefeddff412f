"""The files that a manifest lists."""

import pytest

from gdb_export.export.replaceable import exported_files


def test_the_paths_of_a_manifest_and_its_own() -> None:
    manifest = b'{"resources": [{"path": "A.csv"}, {"path": ["B-1.parquet", "B-2.parquet"]}]}'
    expected = {"datapackage.json", "A.csv", "B-1.parquet", "B-2.parquet"}
    assert exported_files(manifest) == expected


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b'{"resources": 5}',
        b'{"resources": [{"path": 1}]}',
        b'{"resources": [{"path": null}]}',
        b'{"resources": [{"path": ["A.csv", 2]}]}',
        b'{"resources": [{"path": [[]]}]}',
        b"[" * 100_000,
    ],
)
def test_other_bytes_list_no_files(manifest: bytes) -> None:
    assert exported_files(manifest) == set()
