"""Sizes: of chunks, of the batches of chunks that workers take, and of CSV rows."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from gdb_export.chunks.chunks import Chunk
from gdb_export.firebird.catalogue.columns import Column

# Bytes of the source
CHUNK_BYTES = 2 << 20
BATCH_BYTES = CHUNK_BYTES // 4

_MAX_NUMBER = 360  # characters: the largest double with the decimals of a NUMERIC
_MAX_CHARACTER = 3  # bytes: a character of a single-byte set in UTF-8; a quote takes two
_DELIMITERS = 3  # two quotes and a comma or line feed


def batches(chunks: Iterable[Chunk], page_size: int) -> Iterator[list[Chunk]]:
    """The chunks in order, in batches of at least BATCH_BYTES: the tasks of workers."""
    batch: list[Chunk] = []
    weight = 0
    for chunk in chunks:
        batch.append(chunk)
        weight += chunk.weight
        if weight * page_size >= BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


@lru_cache(maxsize=4)
def max_row_bytes(columns: tuple[Column, ...]) -> int:
    """An upper bound for a line of CSV and for the header, without blobs and arrays."""
    return sum(map(_max_field_bytes, columns))


def _max_field_bytes(column: Column) -> int:
    name = _MAX_CHARACTER * len(column.name.encode("utf-8", "replace"))
    text = _MAX_CHARACTER * column.descriptor.length
    return max(text, name, _MAX_NUMBER) + _DELIMITERS
