"""Raw deflate and CRC-32 of the chunks of a ZIP member.

Each chunk is deflated independently by any worker; joined they are one deflate stream.
"""

import zlib
from typing import Protocol

from isal import isal_zlib

DEFAULT_LEVEL = 1
LEVELS = range(10)
# Levels 0 to 3 are those of ISA-L; from 4 on zlib is used: slower, output a few percent smaller
_FIRST_ZLIB_LEVEL = 4

# An empty final block with fixed codes: ends a stream of chunks that end at byte boundaries
END_OF_STREAM = b"\x03\x00"

# Without history, level 1 of ISA-L hashes an uninitialised register as if it were the third
# position: in about one of 4,000 chunks the output depends on the address of the compressor. One
# byte of history avoids that; a byte that UTF-8 never contains matches nothing.
_HISTORY = b"\xff"

crc32 = isal_zlib.crc32


def combine_crc32(first: int, second: int, second_length: int) -> int:
    """The CRC-32 of A + B from those of A and B and the length of B in bytes."""
    return isal_zlib.crc32_combine(first, second, second_length)


class Compressor(Protocol):
    def compress(self, data: bytes | memoryview, /) -> bytes: ...

    def flush(self, mode: int, /) -> bytes: ...


class ChunkDeflater:
    """Deflates one chunk of UTF-8; `finish` ends it at a byte boundary, not the stream."""

    def __init__(self, level: int) -> None:
        self._compressor: Compressor
        if level < _FIRST_ZLIB_LEVEL:
            self._compressor = isal_zlib.compressobj(level, wbits=-15, zdict=_HISTORY)
        else:
            self._compressor = zlib.compressobj(level, wbits=-15)

    def compress(self, data: bytes | memoryview) -> bytes:
        return self._compressor.compress(data)

    def finish(self) -> bytes:
        return self._compressor.flush(zlib.Z_SYNC_FLUSH)


class Inflater:
    """Inflates a deflate stream of joined chunks."""

    def __init__(self) -> None:
        self._decompressor = isal_zlib.decompressobj(wbits=-15)

    def inflate(self, data: bytes) -> bytes:
        return self._decompressor.decompress(data)
