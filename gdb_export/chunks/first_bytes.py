"""Checks the first bytes of a file before it is uploaded or opened."""

from contextlib import suppress

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.errors import Damage, NoHeader, UnreadableDatabase
from gdb_export.firebird.core.source import Source
from gdb_export.firebird.gbak.header import is_backup, read_header
from gdb_export.firebird.gbak.stream.stream import Stream
from gdb_export.firebird.pages.file_types import reject_continuation, reject_other_files
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.volumes import volume_header


def reject_unreadable(source: Source) -> None:
    """Raise FirebirdError if the first bytes show that an export of the file will fail.

    A lost or damaged header is not refused: the other pages may be readable.
    """
    data = source.read(0, ods.HEADER_BYTES)
    if volume_header(data) is not None:
        return
    if is_backup(data):
        with suppress(UnreadableDatabase):
            read_header(Stream(source))
        return
    with suppress(NoHeader, Damage):
        reject_other_files(data)
        reject_continuation(data)
        parse_header(data)
