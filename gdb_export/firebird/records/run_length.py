"""Run-length decoding of records and of rows in backups, and differences between record versions.

A control byte of 1…127 copies that number of bytes, one of -1…-128 repeats the next byte. In ODS
13.1 (`has_long_runs`) -1 and -2 are followed by a u16 or u32 count instead.
Knowledge: sqz.cpp of Firebird 1.5 to 5.0.
"""

from collections.abc import Callable

from gdb_export.firebird.core.errors import Damage


class RunsCutOff(Damage):
    """The data ends before its runs do."""


def decode_runs(data: bytes, limit: int, has_long_runs: bool) -> bytes:
    """Unpack a whole packed record to at most `limit` bytes; raises Damage."""
    return _decode(data, 0, limit, has_long_runs, is_exact=False)[0]


def ends_with_empty_runs(data: bytes, has_long_runs: bool) -> bool:
    """Whether a packed record ends with zeros that are control bytes, which no engine writes."""
    at, end = 0, len(data)
    while at < end and data[at]:
        control = data[at]
        if control < 128:
            at += 1 + control
        else:
            count = 256 - control
            at += 2 + (2 * count if count <= 2 and has_long_runs else 0)
    return at < end and not any(data[at:])


def decode_exactly(data: bytes, at: int, length: int) -> tuple[bytes, int]:
    """Unpack the runs at offset `at` to exactly `length` bytes; return them and the end offset.

    Raises RunsCutOff if the data ends before, Damage if the runs do not end at `length`.
    """
    return _decode(data, at, length, False, is_exact=True)


def _decode(
    data: bytes, at: int, limit: int, has_long_runs: bool, is_exact: bool
) -> tuple[bytes, int]:
    """Unpack the runs at offset `at`; return the bytes and the end offset. `is_exact`: stop at
    `limit` bytes, and raise RunsCutOff if there are fewer."""
    parts = []
    left, end = limit, len(data)
    while at < end and (left or not is_exact):
        control = data[at]
        at += 1
        if control < 128:
            if control > left:
                raise Damage(f"unpacks to more than {limit} bytes")
            if control > end - at:
                raise RunsCutOff("a run of bytes goes past the end of its record")
            if not control and is_exact:
                raise Damage("an empty run")
            parts.append(data[at : at + control])
            at += control
            left -= control
            continue
        count = 256 - control
        if count <= 2 and has_long_runs:
            width = 2 * count
            if width > end - at:
                raise RunsCutOff("the count of a run is cut off")
            count = int.from_bytes(data[at : at + width], "little")
            at += width
        if count > left:
            raise Damage(f"unpacks to more than {limit} bytes")
        if at >= end:
            raise RunsCutOff("a repeated byte is cut off")
        parts.append(data[at : at + 1] * count)
        at += 1
        left -= count
    if left and is_exact:
        raise RunsCutOff("the runs are cut off")
    return b"".join(parts), at


def end_of_runs(data: bytes, at: int, length: int) -> int:
    """The end offset that decode_exactly returns, without unpacking; raises the same errors."""
    end = len(data)
    missing = length
    while missing > 0:
        if at >= end:
            raise RunsCutOff("the runs are cut off")
        control = data[at]
        if control >= 128:
            missing -= 256 - control
            at += 2
        elif control:
            missing -= control
            at += 1 + control
        else:
            raise Damage("an empty run")
    if missing < 0:
        raise Damage(f"unpacks to more than {length} bytes")
    if at > end:
        raise RunsCutOff("the runs are cut off")
    return at


def _ignore(count: int) -> None:
    pass


def apply_differences(
    newer: bytes, differences: bytes, limit: int, spend: Callable[[int], None] = _ignore
) -> bytes:
    """Make the older record image, of at most `limit` bytes, from the newer one; raises Damage.

    A control byte of 1…127 replaces that number of bytes by bytes of the differences, one of
    -1…-128 keeps that number of bytes. Bytes after the end of the newer image are appended, where
    the format of the older version is longer. A control byte of 0 is the padding of a short record:
    only zeros may follow it.

    `spend` gets the number of runs, the steps of the loop: many records may share differences that
    unpack to far more runs than they have bytes.
    """
    out = bytearray(newer)
    to = at = runs = 0
    while at < len(differences):
        control = differences[at]
        if not control:
            if differences.count(0, at) < len(differences) - at:
                raise Damage("an empty run among the differences of a record")
            break
        at += 1
        runs += 1
        if control >= 128:
            to += 256 - control
            continue
        if control > len(differences) - at or to > len(out):
            raise Damage("differences go past the end of their record")
        out[to : to + control] = differences[at : at + control]
        to += control
        at += control
        if to > limit:
            raise Damage(f"differences make more than {limit} bytes")
    spend(runs)
    return bytes(out[:to])
