"""What a chunk is told to have come to."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from gdb_export.chunks.chunk_export import ChunkExport, DeflatedBlock
from gdb_export.chunks.chunks import Chunk, ChunkSource
from gdb_export.options import ExportOptions


class Lines:
    """Lines of a table whose second column turns out not to be evaluated at the first row."""

    def __init__(self, *_: object) -> None:
        self.account: Any = None
        self.unsupported: dict[str, str] = {}

    def header(self) -> bytes:
        return b"A,B\n"

    def lines(self, chunk: Chunk) -> Iterator[bytes]:
        self.unsupported["B"] = "is odd"
        yield b"1,\n"


def test_what_its_rows_needed_and_is_not_evaluated_is_told_with_the_chunk() -> None:
    """Not with the next one that the same worker takes, which is another with each split."""
    plan = SimpleNamespace(table=SimpleNamespace(name="T"))
    chunk = cast(Chunk, SimpleNamespace(plan=plan, is_first=True))
    work = ChunkExport(cast(ChunkSource, SimpleNamespace(chunk_lines=Lines)), ExportOptions())
    emitted: list[DeflatedBlock] = []
    work([chunk], lambda piece, size: emitted.append(piece))
    (_, result) = emitted[-1]
    assert result is not None
    assert result.size == len(b"A,B\n1,\n")
    assert result.stats.unsupported == {"B": "is odd"}
