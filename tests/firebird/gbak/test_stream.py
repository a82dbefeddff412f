"""The forward reader of a backup's bytes, attributes and runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.gbak.stream.record_types import RecordType
from gdb_export.firebird.gbak.stream.stream import Stream
from gdb_export.firebird.records.run_length import decode_runs
from tests.firebird.gbak.backup_builder import number, record, text
from tests.firebird.memory_source import MemorySource

BLOCKS = st.integers(1, 40)


def stream(data: bytes, block: int = 16) -> Stream:
    return Stream(MemorySource(data), 0, block)


@given(st.binary(max_size=200), st.lists(st.integers(0, 60), max_size=20), BLOCKS)
def test_the_block_size_does_not_change_the_bytes(
    data: bytes, lengths: list[int], block: int
) -> None:
    reader = stream(data, block)
    offset = 0
    for index, length in enumerate(lengths):
        if offset + length > len(data):
            with pytest.raises(Damage, match=f"cut off at byte {len(data)}"):
                reader.take(length)
            return
        if index % 2:
            reader.skip(length)
        else:
            assert reader.take(length) == data[offset : offset + length]
        offset += length
        assert (reader.position, reader.remaining) == (offset, len(data) - offset)
        assert reader.peek(5) == data[offset : offset + 5]


def test_attributes_end_at_zero_and_long_values_have_a_4_byte_length() -> None:
    data = record(
        RecordType.DOMAIN, (1, text("D")), (18, number(300) + bytes(300)), (8, number(7))
    ) + bytes([RecordType.END])
    reader = stream(data[1:])
    assert list(reader.attributes(RecordType.DOMAIN)) == [
        (1, b"D"),
        (18, bytes(300)),
        (8, b"\x07\0\0\0"),
    ]
    assert reader.byte() == RecordType.END


def test_the_message_of_an_exception_may_exceed_255_bytes() -> None:
    message = b"\x2c\x01" + b"m" * 300
    reader = stream(record(RecordType.EXCEPTION, (1, text("E")), (5, message))[1:])
    assert list(reader.attributes(RecordType.EXCEPTION)) == [(1, b"E"), (5, b"m" * 300)]
    assert reader.remaining == 0


def test_a_value_of_megabytes_is_skipped() -> None:
    length = 3 << 20
    reader = stream(
        record(RecordType.PROCEDURE, (8, number(length) + bytes(length)), (1, text("P")))[1:]
    )
    assert list(reader.attributes(RecordType.PROCEDURE)) == [(8, b""), (1, b"P")]


@given(st.binary(max_size=60), st.integers(1, 300), BLOCKS)
def test_runs_are_decoded_and_skipped_like_those_of_records(
    data: bytes, length: int, block: int
) -> None:
    decoding, skipping = stream(data, block), stream(data, block)
    try:
        unpacked = decoding.runs(length)
    except Damage:
        with pytest.raises(Damage):
            skipping.skip_runs(length)
        return
    skipping.skip_runs(length)
    assert len(unpacked) == length
    assert skipping.position == decoding.position
    assert unpacked == decode_runs(data[: decoding.position], length, has_long_runs=False)
