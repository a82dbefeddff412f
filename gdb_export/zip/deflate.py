"""Raw deflate of the chunks of a ZIP member: each chunk by itself, so that any worker can do it,
and all of them one after another a single deflate stream."""

import zlib
from typing import Protocol

from isal import isal_zlib

DEFAULT_LEVEL = 1
LEVELS = range(10)
# ISA-L's levels are 0 to 3; from 4 on zlib takes over: slower, and smaller by a few percent
_FASTEST_OF_ZLIB = 4

# An empty final block of fixed codes ends a stream whose chunks all end on byte borders
END_OF_STREAM = b"\x03\x00"


# Without history ISA-L's level 1 hashes what a register happened to hold as if it were the third
# position, so that its output depends, once in some thousand chunks, on where the compressor lies
# in memory. A byte of history that no UTF-8 has makes it begin in order, and matches nothing.
_NEVER_IN_UTF8 = b"\xff"


class Compressor(Protocol):
    def compress(self, data: bytes | memoryview, /) -> bytes: ...

    def flush(self, mode: int, /) -> bytes: ...


class ChunkDeflater:
    """Deflates one chunk of UTF-8; `finish` ends it on a byte border without ending the stream."""

    def __init__(self, level: int) -> None:
        self._compressor: Compressor
        if level < _FASTEST_OF_ZLIB:
            self._compressor = isal_zlib.compressobj(level, wbits=-15, zdict=_NEVER_IN_UTF8)
        else:
            self._compressor = zlib.compressobj(level, wbits=-15)

    def compress(self, data: bytes | memoryview) -> bytes:
        return self._compressor.compress(data)

    def finish(self) -> bytes:
        return self._compressor.flush(zlib.Z_SYNC_FLUSH)
