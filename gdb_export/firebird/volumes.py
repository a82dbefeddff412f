"""Volumes: the files of a backup that gbak itself, or gsplit, has split.

Each begins with 100 bytes of text, which are not part of the backup: the program that wrote it, the
time, the number of the volume, the count of volumes, and the name.
Knowledge: `hdr_split` in burp.h, `header_rec` in spit.cpp.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, tee
from typing import NamedTuple

from gdb_export.firebird.core.errors import NotADatabase, UnreadableDatabase
from gdb_export.firebird.core.source import Source

_HEADER_BYTES = 100
_HEADER = re.compile(
    rb"(InterBase/(?:gbak|gsplit), *)(.{30}), file No\. ([ \d]{3}\d) of ([ \d]{3}\d), .{27}",
    re.DOTALL,
)
_MAX_OPENED = 100  # adjacent files to look into: each stays open, or costs a request to a bucket


class VolumeHeader(NamedTuple):
    """The header of a volume. `number` counts from 1; `program` and `written` (the time) are texts
    as they are in the file."""

    program: bytes
    written: bytes
    number: int
    total: int


def volume_header(data: bytes) -> VolumeHeader | None:
    """The header of a volume from the first bytes of a file; None for other files."""
    match = _HEADER.match(data[:_HEADER_BYTES])
    if match is None:
        return None
    return VolumeHeader(match[1], match[2], int(match[3]), int(match[4]))


def join_volumes(first: Source, named: Sequence[Source] = ()) -> Source:
    """The whole backup of which `first` is a volume.

    The other volumes are those in `named` or, if it is empty, found in the same folder. Raises
    NotADatabase if `first` is a later volume and no others are named, UnreadableDatabase if a
    volume is missing.
    """
    header = _header_of(first)
    if header is None or not 0 < header.number <= header.total:
        raise UnreadableDatabase("a volume of a split backup, but its first 100 bytes are damaged")
    if named:
        return JoinedVolumes(_in_order(header, [first, *named]))
    if header.number > 1:
        raise NotADatabase(
            f"this is volume {header.number} of the {header.total} of a split backup: give volume"
            " 1, with the others in the same folder"
        )
    others = AdjacentVolumes(first, header)
    return JoinedVolumes([first, *map(others.volume, range(2, header.total + 1))])


def _in_order(header: VolumeHeader, volumes: Sequence[Source]) -> list[Source]:
    """The volumes in order; raises UnreadableDatabase unless each number occurs exactly once."""
    by_number: dict[int, Source] = {}
    for volume in volumes:
        other = _header_of(volume)
        if other is None or other.total != header.total or other.program != header.program:
            raise UnreadableDatabase(
                f"{volume.name} is not a volume of the backup that {volumes[0].name} belongs to"
            )
        if other.number in by_number:
            names = f"{by_number[other.number].name} and {volume.name}"
            raise UnreadableDatabase(f"{names} are both volume {other.number} of a backup")
        by_number[other.number] = volume
    for number in range(1, header.total + 1):
        if number not in by_number:
            raise _missing(number, header.total)
    return [by_number[number] for number in sorted(by_number)]


class AdjacentVolumes:
    """Finds the other volumes of a backup in the folder of the first one.

    A file whose name differs from that of the first volume only by the number is tried first. If
    it does not fit, the only other file with a fitting header is taken or, of several, the only
    one that was written in the same second as the first volume.
    """

    def __init__(self, first: Source, header: VolumeHeader) -> None:
        self._first = first
        self._header = header
        self._found: list[tuple[VolumeHeader, Source]] | None = None

    def volume(self, number: int) -> Source:
        """The volume with this number. Raises UnreadableDatabase if it is missing, or if several
        files fit."""
        for name in _numbered_names(self._first.name, number):
            candidate = self._first.open_adjacent(name)
            if candidate is not None and self._fits(_header_of(candidate), number):
                return candidate
        fitting = [
            (header, source) for header, source in self._listed() if self._fits(header, number)
        ]
        if len(fitting) > 1:
            written = self._header.written
            fitting = [(header, source) for header, source in fitting if header.written == written]
            if len(fitting) != 1:
                raise UnreadableDatabase(
                    f"several files beside {self._first.name} are volume {number} of"
                    f" {self._header.total} of a backup: name those of this one with --volume"
                )
        if not fitting:
            raise _missing(number, self._header.total)
        return fitting[0][1]

    def _fits(self, header: VolumeHeader | None, number: int) -> bool:
        expected = self._header
        return (
            header is not None
            and (header.number, header.total) == (number, expected.total)
            and header.program == expected.program
        )

    def _listed(self) -> list[tuple[VolumeHeader, Source]]:
        """The volumes of backups among the adjacent files; those with the same suffix first."""
        if self._found is None:
            suffix = self._first.name.rpartition(".")[2]
            names = [name for name in self._first.adjacent_names() if name != self._first.name]
            names.sort(key=lambda name: (name.rpartition(".")[2] != suffix, name))
            opened = map(self._first.open_adjacent, names[:_MAX_OPENED])
            self._found = [
                (header, source)
                for source in opened
                if source is not None and (header := _header_of(source)) is not None
            ]
        return self._found


def _numbered_names(name: str, number: int) -> Iterator[str]:
    """Possible names of a volume: the name of the first one with `number` in place of 1.

    There is a name for each number 1 in the name, beginning with the rightmost.
    """
    for match in reversed(list(re.finditer(r"\d+", name))):
        if int(match[0]) == 1:
            digits = str(number).zfill(len(match[0]))
            yield name[: match.start()] + digits + name[match.end() :]


def _header_of(source: Source) -> VolumeHeader | None:
    return volume_header(source.read(0, _HEADER_BYTES))


def _missing(number: int, total: int) -> UnreadableDatabase:
    return UnreadableDatabase(
        f"volume {number} of the {total} of this backup is missing: put all volumes in one folder,"
        " or name the others with --volume"
    )


class JoinedVolumes:
    """A source with the bytes of all volumes, without their headers."""

    def __init__(self, volumes: Sequence[Source]) -> None:
        self._volumes = volumes
        sizes = [max(volume.size - _HEADER_BYTES, 0) for volume in volumes]
        self._offsets = [0, *accumulate(sizes)]

    @property
    def name(self) -> str:
        return self._volumes[0].name

    @property
    def size(self) -> int:
        return self._offsets[-1]

    @property
    def coalescing_window(self) -> int:
        return min(volume.coalescing_window for volume in self._volumes)

    def read(self, offset: int, length: int) -> bytes:
        parts = []
        index = bisect_right(self._offsets, offset) - 1
        while length > 0 and index < len(self._volumes):
            count = min(length, self._offsets[index + 1] - offset)
            part = self._volumes[index].read(offset - self._offsets[index] + _HEADER_BYTES, count)
            parts.append(part)
            if len(part) < count:
                break
            offset, length, index = offset + count, length - count, index + 1
        return b"".join(parts)

    def will_read(self, ranges: Iterable[tuple[int, int]]) -> None:
        copies = tee(ranges, len(self._volumes))
        for index, (volume, copy) in enumerate(zip(self._volumes, copies, strict=True)):
            volume.will_read(self._within(index, copy))

    def _within(self, index: int, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """The parts of the ranges that lie in one volume, as ranges of its file."""
        begin, end = self._offsets[index : index + 2]
        for offset, length in ranges:
            first, last = max(offset, begin), min(offset + length, end)
            if first < last:
                yield first - begin + _HEADER_BYTES, last - first

    def adjacent_names(self) -> Iterable[str]:
        return self._volumes[0].adjacent_names()

    def open_adjacent(self, name: str) -> Source | None:
        return self._volumes[0].open_adjacent(name)
