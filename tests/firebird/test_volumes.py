"""Backups split into volumes: joined when all are there, named when one is missing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import gdb_export
from gdb_export.cli.command_line import main
from gdb_export.firebird.core.errors import NotADatabase, UnreadableDatabase
from gdb_export.firebird.volumes import join_volumes, volume_header
from tests.export.golden import DATA, exported_tables, golden_tables, unpack
from tests.firebird.memory_source import MemorySource

PACKED = DATA / "fb50" / "types.fbk.gz"
GBAK, GSPLIT = b"InterBase/gbak,   ", b"InterBase/gsplit, "
CONTENT = bytes(range(256)) * 20
WRITTEN = "Sun Nov 29 17:47:20 2026"  # the time in the headers


def volume(
    content: bytes, number: int, total: int, program: bytes = GBAK, written: str = WRITTEN
) -> bytes:
    """A volume of a backup: its header of 100 bytes, and the content."""
    text = f"{written:<30}, file No. {number:4} of {total:4}, {'/backups/any':<27.27}"
    return program + text.encode() + content


def volumes(names: Sequence[str], program: bytes = GBAK) -> list[MemorySource]:
    """CONTENT, split into volumes with these names, which are adjacent files of each other."""
    cuts = [0, *(1000 * number for number in range(1, len(names))), len(CONTENT)]
    sources = [
        MemorySource(volume(CONTENT[begin:end], number, len(names), program), name)
        for number, (name, begin, end) in enumerate(
            zip(names, cuts, cuts[1:], strict=False), start=1
        )
    ]
    adjacent = {source.name: source for source in sources}
    for source in sources:
        source.adjacent = adjacent
    return sources


@pytest.mark.parametrize("program", [GBAK, GSPLIT])
@pytest.mark.parametrize(
    "names",
    [
        ["vol1.fbk", "vol2.fbk", "vol3.fbk"],
        ["b.001", "b.002", "b.003"],
        ["2021-01 v1 of 1.fbk", "2021-01 v2 of 1.fbk", "2021-01 v3 of 1.fbk"],
        ["monday.fbk", "tuesday.fbk", "wednesday.gbk"],
        ["alone.fbk"],
    ],
)
def test_volumes_in_one_folder_are_joined(names: list[str], program: bytes) -> None:
    joined = join_volumes(volumes(names, program)[0])
    assert joined.size == len(CONTENT)
    assert joined.read(0, joined.size + 10) == CONTENT
    assert joined.read(990, 1020) == CONTENT[990:2010]
    assert joined.read(len(CONTENT), 5) == b""


def test_named_volumes_are_joined_in_any_order() -> None:
    first, second, third = volumes(["x", "y", "z"])
    for source in (first, second, third):
        source.adjacent = {}
    assert join_volumes(first, [second, third]).read(0, 9999) == CONTENT
    assert join_volumes(third, [second, first]).read(0, 9999) == CONTENT
    with pytest.raises(UnreadableDatabase, match="volume 3 of the 3 of this backup is missing"):
        join_volumes(first, [second])
    with pytest.raises(UnreadableDatabase, match="y and y are both volume 2"):
        join_volumes(first, [second, second])
    with pytest.raises(UnreadableDatabase, match=r"other.fbk is not a volume of the backup"):
        join_volumes(first, [second, MemorySource(CONTENT, "other.fbk")])


def test_a_missing_volume_is_named() -> None:
    first, _, third = volumes(["vol1.fbk", "vol2.fbk", "vol3.fbk"])
    first.adjacent = {"vol3.fbk": third}
    with pytest.raises(UnreadableDatabase, match="volume 2 of the 3 of this backup is missing"):
        join_volumes(first)


def test_a_later_volume_asks_for_the_first() -> None:
    second = volumes(["vol1.fbk", "vol2.fbk", "vol3.fbk"])[1]
    with pytest.raises(NotADatabase, match=r"this is volume 2 of the 3 .* give volume 1"):
        join_volumes(second)


def test_another_backup_in_the_folder_is_not_mixed_in() -> None:
    """The times in the headers tell the volumes of two backups apart."""
    first, second = volumes(["monday", "tuesday"])
    other = MemorySource(volume(b"other", 2, 2, written="Sun Nov 29 18:00:00 2026"), "other")
    first.adjacent = {"a": other, "tuesday": second}
    assert join_volumes(first).read(0, 9999) == CONTENT
    first.adjacent = {"a": other, "b": other}
    with pytest.raises(UnreadableDatabase, match="several files beside monday are volume 2"):
        join_volumes(first)


def test_announced_reads_reach_the_volumes_that_hold_them() -> None:
    announced: list[list[tuple[int, int]]] = []

    class Announced(MemorySource):
        def will_read(self, ranges: object) -> None:
            announced.append(list(ranges))  # type: ignore[call-overload]

    sources = [Announced(source.data, source.name) for source in volumes(["x", "y", "z"])]
    join_volumes(sources[0], sources[1:]).will_read([(0, 10), (990, 1020), (3000, 7)])
    assert announced == [[(100, 10), (1090, 10)], [(100, 1000)], [(100, 10), (1100, 7)]]


@pytest.mark.parametrize(
    "data",
    [
        volume(b"", 1, 3)[:99],
        volume(b"", 1, 3).replace(b"file No.", b"file Nr."),
        volume(b"", 1, 3).replace(b"   1 of", b"  x1 of"),
        b"InterBase/gbak, " + bytes(200),
        b"",
    ],
)
def test_damaged_headers_are_not_recognised(data: bytes) -> None:
    assert volume_header(data) is None


@pytest.mark.parametrize(("number", "total"), [(0, 3), (4, 3), (1, 0)])
def test_impossible_numbers_are_refused(number: int, total: int) -> None:
    with pytest.raises(UnreadableDatabase, match="first 100 bytes are damaged"):
        join_volumes(MemorySource(volume(b"", number, total)))


@pytest.fixture
def split(tmp_path: Path) -> list[Path]:
    """A real backup in three volumes."""
    whole = unpack(PACKED, tmp_path).read_bytes()
    (tmp_path / "types.fbk").unlink()
    paths = []
    for number, (begin, end) in enumerate([(0, 5), (5, 3000), (3000, len(whole))], 1):
        paths.append(tmp_path / f"types{number}.fbk")
        paths[-1].write_bytes(volume(whole[begin:end], number, 3))
    return paths


def test_the_command_exports_a_split_backup(
    split: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(split[0])]) == 0
    assert exported_tables(split[0].with_suffix(".zip")) == golden_tables(PACKED)
    assert main(["inspect", str(split[0])]) == 0
    elsewhere = split[0].parent / "elsewhere"
    elsewhere.mkdir()
    split[1] = split[1].rename(elsewhere / "b.bin")
    capsys.readouterr()
    assert main(["export", str(split[0])]) == 1
    assert "volume 2 of the 3 of this backup is missing" in capsys.readouterr().err
    volume_options = ["--volume", str(split[1]), "--volume", str(split[2])]
    assert main(["export", str(split[0]), str(elsewhere / "out.zip"), *volume_options]) == 0
    assert exported_tables(elsewhere / "out.zip") == golden_tables(PACKED)
    assert main(["inspect", str(split[0]), *volume_options]) == 0


def test_the_library_opens_a_split_backup(split: list[Path], tmp_path: Path) -> None:
    first, *others = split
    with gdb_export.open(first, volumes=others) as db:
        result = db.export(tmp_path / "named.zip")
    assert result.tables == len(golden_tables(PACKED))
    with gdb_export.open(first) as db:
        assert len(db.tables) == result.tables
