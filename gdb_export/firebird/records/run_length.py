"""Run-length decoding of record images, and the differences that make old versions of new ones.

Knowledge: sqz.cpp of Firebird 1.5 to 5.0.
"""

from gdb_export.firebird.core.errors import Damage


def decode_runs(data: bytes, limit: int, has_long_runs: bool) -> bytes:
    """The bytes that a packed record stands for, at most `limit`; raises Damage.

    A control byte of 1…127 copies as many bytes, a negative one repeats the next byte; with
    `has_long_runs` (ODS 13.1) -1 and -2 are followed by a u16 or u32 count.
    """
    out = bytearray()
    at, end = 0, len(data)
    while at < end:
        control = data[at]
        at += 1
        if control < 128:
            if control > end - at:
                raise Damage("a run of bytes goes past the end of its record")
            out += data[at : at + control]
            at += control
        else:
            count = 256 - control
            if has_long_runs and count <= 2:
                width = 2 * count
                if width > end - at:
                    raise Damage("the count of a run is cut off")
                count = int.from_bytes(data[at : at + width], "little")
                at += width
            if at >= end:
                raise Damage("a repeated byte is cut off")
            if count > limit - len(out):
                raise Damage(f"unpacks to more than {limit} bytes")
            out += data[at : at + 1] * count
            at += 1
        if len(out) > limit:
            raise Damage(f"unpacks to more than {limit} bytes")
    return bytes(out)


def apply_differences(newer: bytes, differences: bytes, limit: int) -> bytes:
    """The older record image, of at most `limit` bytes, that `differences` make of the newer one;
    raises Damage.

    A control byte of 1…127 puts as many bytes of the differences in place, a negative one
    skips as many bytes of the image. Where the format of the older version is longer, its end is
    put behind the newer image.
    """
    out = bytearray(newer)
    place = at = 0
    while at < len(differences):
        control = differences[at]
        at += 1
        if control >= 128:
            place += 256 - control
            continue
        if control > len(differences) - at or (control and place > len(out)):
            raise Damage("differences go past the end of their record")
        out[place : place + control] = differences[at : at + control]
        place += control
        at += control
        if place > limit:
            raise Damage(f"differences make more than {limit} bytes")
    return bytes(out[:place])
