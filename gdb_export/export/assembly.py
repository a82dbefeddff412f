"""The assembly of a ZIP from parts: the order of the parts' bytes, the bytes between them and the
end of the ZIP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gdb_export.export.finalise_zip import ExportResult, finalise_zip
from gdb_export.export.manifest import SourceInfo
from gdb_export.export.part_report import PartReport
from gdb_export.export.table_members import PartialMember
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.options import ExportOptions
from gdb_export.zip.deflate import combine_crc32
from gdb_export.zip.member_names import member_name
from gdb_export.zip.zip_stream import Member, ZipStream, data_descriptor, local_header

HEAD, TAIL = "head", "tail"


@dataclass(frozen=True, slots=True)
class PartBytes:
    """Reference to the bytes that a task wrote: HEAD or TAIL of the part with that index."""

    index: int
    which: str


class Assembly(NamedTuple):
    """The ZIP is the concatenation of `sequence`: bytes that tasks wrote, and literal bytes."""

    sequence: tuple[PartBytes | bytes, ...]
    result: ExportResult


class _Layout:
    """Computes the offset, sizes and CRC of each member from the reports of the parts in order."""

    def __init__(self) -> None:
        self.offset = 0
        self.members: list[Member] = []
        self.sequence: list[PartBytes | bytes] = []
        self._member_offset = 0
        self._packed = 0
        self._size = 0
        self._crc = 0

    def add_part(self, index: int, report: PartReport) -> None:
        if report.has_head:
            self.sequence.append(PartBytes(index, HEAD))
            self._add(report.members[0], has_descriptor=False)
        if report.has_tail:
            self.sequence.append(PartBytes(index, TAIL))
            for member in report.members[report.has_head :]:
                self._add(member, has_descriptor=True)

    def _add(self, partial: PartialMember, has_descriptor: bool) -> None:
        """`has_descriptor`: the task wrote the data descriptor, if the member ends in its part."""
        name = member_name(partial.table).encode()
        if partial.begins:
            self._member_offset = self.offset
            self._packed = self._size = self._crc = 0
            self.offset += len(local_header(name, partial.is_large, 0, 0))
        self.offset += partial.packed
        self._packed += partial.packed
        self._crc = combine_crc32(self._crc, partial.crc, partial.size)
        self._size += partial.size
        if partial.ends:
            member = Member(
                name, partial.is_large, self._member_offset, self._crc, self._packed, self._size
            )
            self.members.append(member)
            descriptor = data_descriptor(member)
            self.offset += len(descriptor)
            if not has_descriptor:
                # A member of several parts: its sizes were unknown to each of the tasks.
                self.sequence.append(descriptor)


def assemble_parts(
    reader: DatabaseReader,
    source_info: SourceInfo,
    options: ExportOptions,
    reports: Sequence[PartReport],
) -> Assembly:
    """Assemble the parts; `reports` are those of all parts in order.

    Raises UnreadableDatabase as `finalise_zip` does.
    """
    layout = _Layout()
    for index, report in enumerate(reports):
        layout.add_part(index, report)
    members = [member for report in reports for member in report.members]
    damage_logs = [reader.damage, *(report.damage for report in reports)]
    end: list[bytes] = []
    archive = ZipStream(end.append, source_info.modified_at, layout.members, layout.offset)
    result = finalise_zip(archive, reader, damage_logs, source_info, options, members)
    return Assembly((*layout.sequence, b"".join(end)), result)
