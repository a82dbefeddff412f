"""The bytes of a backup in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.record_types import RecordType
from gdb_export.firebird.gbak.stream import Stream
from gdb_export.firebird.records.run_length import decode_runs
from tests.firebird.gbak.backup_builder import number, record, text
from tests.firebird.memory_source import MemorySource

BLOCKS = st.integers(1, 40)


def stream(data: bytes, block: int = 16) -> Stream:
    return Stream(MemorySource(data), 0, block)


@given(st.binary(max_size=200), st.lists(st.integers(0, 60), max_size=20), BLOCKS)
def test_the_bytes_are_the_files_whatever_the_block(
    data: bytes, lengths: list[int], block: int
) -> None:
    one = stream(data, block)
    at = 0
    for place, length in enumerate(lengths):
        if at + length > len(data):
            with pytest.raises(Damage, match=f"cut off at byte {len(data)}"):
                one.take(length)
            return
        if place % 2:
            one.skip(length)
        else:
            assert one.take(length) == data[at : at + length]
        at += length
        assert (one.position, one.remaining) == (at, len(data) - at)
        assert one.peek(5) == data[at : at + 5]


def test_attributes_end_at_zero_and_long_values_have_a_count() -> None:
    data = record(
        RecordType.DOMAIN, (1, text("D")), (18, number(300) + bytes(300)), (8, number(7))
    ) + bytes([RecordType.END])
    one = stream(data[1:])
    assert list(one.attributes(RecordType.DOMAIN)) == [
        (1, b"D"),
        (18, bytes(300)),
        (8, b"\x07\0\0\0"),
    ]
    assert one.byte() == RecordType.END


def test_an_exceptions_message_may_be_longer_than_255_bytes() -> None:
    message = b"\x2c\x01" + b"m" * 300
    one = stream(record(RecordType.EXCEPTION, (1, text("E")), (5, message))[1:])
    assert list(one.attributes(RecordType.EXCEPTION)) == [(1, b"E"), (5, b"m" * 300)]
    assert one.remaining == 0


def test_a_value_of_megabytes_is_passed_over() -> None:
    long = 3 << 20
    one = stream(record(RecordType.PROCEDURE, (8, number(long) + bytes(long)), (1, text("P")))[1:])
    assert list(one.attributes(RecordType.PROCEDURE)) == [(8, b""), (1, b"P")]


@given(st.binary(max_size=60), st.integers(1, 300), BLOCKS)
def test_runs_unpack_as_those_of_records_do_and_are_passed_over_alike(
    data: bytes, length: int, block: int
) -> None:
    unpacking, passing = stream(data, block), stream(data, block)
    try:
        unpacked = unpacking.runs(length)
    except Damage:
        with pytest.raises(Damage):
            passing.skip_runs(length)
        return
    passing.skip_runs(length)
    assert len(unpacked) == length
    assert passing.position == unpacking.position
    assert unpacked == decode_runs(data[: unpacking.position], length, has_long_runs=False)
