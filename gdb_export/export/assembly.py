"""How the parts of a ZIP become one: which bytes go between them, and how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gdb_export.export.finalise_zip import ExportResult, finalise_zip
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.parts import PartialMember, PartReport, merged_damage
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.options import ExportOptions
from gdb_export.zip.crc32 import combine
from gdb_export.zip.member_names import member_name
from gdb_export.zip.zip_stream import Member, ZipStream, data_descriptor, local_header

HEAD, TAIL = "head", "tail"


@dataclass(frozen=True, slots=True)
class PartBytes:
    """Bytes that a task wrote: the head or the tail of the part with that index."""

    index: int
    which: str


class Assembly(NamedTuple):
    """The ZIP is `sequence`, one after another: what tasks wrote, and bytes to put between."""

    sequence: tuple[PartBytes | bytes, ...]
    result: ExportResult


class _Walk:
    """Goes over the pieces in order and learns where each member lies."""

    def __init__(self) -> None:
        self.offset = 0
        self.members: list[Member] = []
        self.sequence: list[PartBytes | bytes] = []
        self._begun = 0
        self._packed = 0
        self._size = 0
        self._crc = 0

    def part(self, index: int, report: PartReport) -> None:
        if report.has_head:
            self.sequence.append(PartBytes(index, HEAD))
            self._add(report.pieces[0], is_inline=False)
        if report.has_tail:
            self.sequence.append(PartBytes(index, TAIL))
            for piece in report.pieces[report.has_head :]:
                self._add(piece, is_inline=True)

    def _add(self, piece: PartialMember, is_inline: bool) -> None:
        name = member_name(piece.table).encode()
        if piece.begins:
            self._begun = self.offset
            self._packed = self._size = self._crc = 0
            self.offset += len(local_header(name, piece.is_large, 0, 0))
        self.offset += piece.packed
        self._packed += piece.packed
        self._crc = combine(self._crc, piece.crc, piece.size)
        self._size += piece.size
        if piece.ends:
            member = Member(name, piece.is_large, self._begun, self._crc, self._packed, self._size)
            self.members.append(member)
            descriptor = data_descriptor(member)
            self.offset += len(descriptor)
            if not is_inline:
                # its sizes are of several parts: none of the tasks could write it
                self.sequence.append(descriptor)


def assemble_parts(
    contents: DatabaseReader,
    origin: SourceInfo,
    options: ExportOptions,
    reports: Sequence[PartReport],
) -> Assembly:
    """From the reports of all parts in order; raises as `write_ending` does."""
    walk = _Walk()
    for index, report in enumerate(reports):
        walk.part(index, report)
    pieces = [piece for report in reports for piece in report.pieces]
    damage = merged_damage([contents.damage, *(report.damage for report in reports)])
    end: list[bytes] = []
    archive = ZipStream(end.append, origin.modified_at, walk.members, walk.offset)
    result = finalise_zip(archive, contents, damage, origin, options, pieces)
    return Assembly((*walk.sequence, b"".join(end)), result)
