"""Target: golden databases and backups after a few edits (edits.py)."""

from tests.fuzzing.checked_export import check_export
from tests.fuzzing.edits import COPY_PAGE, CUT_OFF, OVERWRITE, ZERO_PAGE, Edit, edited
from tests.fuzzing.seeds import golden_files
from tests.fuzzing.target import Target

_SEED_EDITS = (
    Edit(OVERWRITE, 5, 3, 24, b"\0\0\0\0"),
    Edit(OVERWRITE, 4, 1, 32, b"\1\0\0\0"),
    Edit(ZERO_PAGE, 5, 7, 0, b""),
    Edit(COPY_PAGE, 5, 2, 0, b"\5\1"),
    Edit(CUT_OFF, 5, 9, 0, b""),
)


def check(script: bytes) -> None:
    if script:
        files = golden_files()
        check_export(edited(files[script[0] % len(files)], script[1:]))


def seeds() -> list[bytes]:
    """A script for each golden file, with one edit or none."""
    edits = [edit.to_bytes() for edit in _SEED_EDITS] + [b""]
    return [bytes([file]) + edits[file % len(edits)] for file in range(len(golden_files()))]


TARGET = Target(check, seeds, 512)
