"""Decides whether an existing file, folder or object may be replaced by an export.

A database is never replaced. Another file is replaced only if it is a ZIP or has the name of a ZIP,
a folder only if it holds nothing but the files that its manifest lists.
"""

from gdb_export.firebird.core import ods
from gdb_export.zip.member_names import MANIFEST, SCHEMA

FIRST_BYTES = 64  # enough to recognise a file
_PAGE_SIZES = {512, *ods.PAGE_SIZES}  # 512 bytes: InterBase 4
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_PARTS_OF_DATABASES = (b"NBAK", b"InterBase/gbak,", b"InterBase/gsplit,")


def refusal(name: str, first: bytes, overwrite: bool) -> str | None:
    """The reason not to use an existing file as the destination, None if it may be used.

    `name` is its location, `first` its first FIRST_BYTES bytes. Without `overwrite` the file stays
    as it is and the ZIP gets another name.
    """
    if is_database(first):
        return (
            f"{name} is a database, and a database is never replaced: give another destination; for"
            " several databases, run the command for each of them"
        )
    if overwrite and not is_zip(first) and not name.lower().endswith(".zip"):
        return f"{name} is not a ZIP, and only a ZIP is replaced: give another destination"
    return None


def is_zip(first: bytes) -> bool:
    return first.startswith(_ZIPS)


def is_database(first: bytes) -> bool:
    """Whether these are the first bytes of a database file, of a backup or of a part of either."""
    if first.startswith(_PARTS_OF_DATABASES):
        return True
    if first[:1] == bytes([ods.PageType.HEADER]) and len(first) >= 18:
        page_size = first[16:18]  # in the byte order of the machine that made the database
        return not _PAGE_SIZES.isdisjoint(
            (int.from_bytes(page_size, "little"), int.from_bytes(page_size, "big"))
        )
    # imported late: docs/architecture.md
    from gdb_export.firebird.gbak.header import is_backup

    return is_backup(first)


def exported_files(manifest: bytes) -> set[str]:
    """The paths of the files that the manifest of a folder lists, and the manifest's own; empty if
    the bytes are not a manifest."""
    import json  # imported late: docs/architecture.md

    try:
        package = json.loads(manifest)
        listed = [resource["path"] for resource in package["resources"]]
        files = {MANIFEST, SCHEMA} if "x-schema-sql" in package else {MANIFEST}
        for paths in listed:
            files.update([paths] if isinstance(paths, str) else paths)
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()
    return files if all(isinstance(path, str) for path in files) else set()
