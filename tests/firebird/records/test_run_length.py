"""Run-length decoding and differences, with their limits."""

import pytest

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.run_length import (
    RunsCutOff,
    apply_differences,
    decode_exactly,
    decode_runs,
    end_of_runs,
)


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (b"", b""),
        (b"\0\0\0", b""),
        (b"\x03abc", b"abc"),
        (b"\xfdx", b"xxx"),
        (b"\x80x", b"x" * 128),
        (b"\x02ab\xfb \x01c\0", b"ab     c"),
        (b"\x7f" + bytes(127), bytes(127)),
    ],
)
@pytest.mark.parametrize("has_long_runs", [False, True])
def test_runs(packed: bytes, expected: bytes, has_long_runs: bool) -> None:
    assert decode_runs(packed, 1000, has_long_runs) == expected


@pytest.mark.parametrize(
    ("packed", "old", "new"),
    [
        (b"\xff\x03\0\0", b"\x03", b"\0\0\0"),
        (b"\xfe\x05\0\0\0z", b"\5\5", b"zzzzz"),
        (b"\xff\x00\x01 ", b"\0 ", b" " * 256),
    ],
)
def test_codes_with_another_meaning_in_firebird_5(packed: bytes, old: bytes, new: bytes) -> None:
    assert decode_runs(packed, 1000, has_long_runs=True) == new
    assert decode_runs(packed[:2], 1000, has_long_runs=False)[:1] == old[:1]


@pytest.mark.parametrize("has_long_runs", [False, True])
@pytest.mark.parametrize("packed", [b"\x03ab", b"\x01", b"\x7fx", b"\x80", b"\x01a\x05bcde"])
def test_runs_that_go_past_the_end_are_damage(packed: bytes, has_long_runs: bool) -> None:
    with pytest.raises(Damage):
        decode_runs(packed, 1000, has_long_runs)


@pytest.mark.parametrize(
    "packed", [b"\xff", b"\xff\1", b"\xfe\1\0\0", b"\xff\1\0", b"\xfe\1\0\0\0"]
)
def test_counts_that_are_cut_off_are_damage(packed: bytes) -> None:
    with pytest.raises(Damage, match="cut off"):
        decode_runs(packed, 1000, has_long_runs=True)


def test_the_output_never_exceeds_the_limit() -> None:
    assert len(decode_runs(b"\x80x" * 2, 256, False)) == 256
    for packed, has_long_runs in [
        (b"\x80x" * 3, False),
        (b"\x7f" + bytes(127) + b"\x7f" + bytes(127) + b"\x03abc", False),
        (b"\xfe\xff\xff\xff\xffx", True),
        (b"\xff\x01\x01x", True),
    ]:
        with pytest.raises(Damage, match="unpacks to more than 256 bytes"):
            decode_runs(packed, 256, has_long_runs)


@pytest.mark.parametrize(
    ("packed", "length", "expected", "end"),
    [
        (b"", 0, b"", 0),
        (b"\0", 0, b"", 0),
        (b"\x03abc", 3, b"abc", 4),
        (b"\x03abc\xfdx", 3, b"abc", 4),
        (b"\x03abc\xfdx", 6, b"abcxxx", 6),
        (b"\xff\x03", 1, b"\x03", 2),
    ],
)
def test_runs_of_an_exact_length(packed: bytes, length: int, expected: bytes, end: int) -> None:
    assert decode_exactly(b"??" + packed, 2, length) == (expected, 2 + end)
    assert end_of_runs(b"??" + packed, 2, length) == 2 + end


@pytest.mark.parametrize(
    ("packed", "length", "is_cut_off"),
    [
        (b"", 1, True),
        (b"\x03ab", 3, True),
        (b"\x03ab", 4, True),
        (b"\xfd", 3, True),
        (b"\x01a", 2, True),
        (b"\x03abc", 2, False),
        (b"\xfdx", 2, False),
        (b"\xfd", 2, False),
        (b"\0\x01a", 1, False),
    ],
)
def test_runs_of_another_length_are_damage(packed: bytes, length: int, is_cut_off: bool) -> None:
    for decode in (decode_exactly, end_of_runs):
        with pytest.raises(Damage) as caught:
            decode(packed, 0, length)
        assert isinstance(caught.value, RunsCutOff) is is_cut_off


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        (b"\x02XY", b"XY"),
        (b"\xfe\x01Z\xfd", b"abZdef"),
        (b"\xfa", b"abcdef"),
        (b"\xfa\0\0", b"abcdef"),
        (b"\x06uvwxyz", b"uvwxyz"),
        (b"\x07uvwxyz!", b"uvwxyz!"),
        (b"\xfc\x03ABC", b"abcdABC"),
        (b"\xfa\x03ghi\0\0", b"abcdefghi"),
    ],
)
def test_differences_make_the_older_image(differences: bytes, expected: bytes) -> None:
    assert apply_differences(b"abcdef", differences, 9) == expected


@pytest.mark.parametrize(
    "differences", [b"\x03ab", b"\xf9\x01x", b"\xfa\0\1", b"\xfa\x04wxyz", b"\x0a" + bytes(10)]
)
def test_differences_that_go_past_the_end_are_damage(differences: bytes) -> None:
    with pytest.raises(Damage):
        apply_differences(b"abcdef", differences, 9)


def test_differences_that_skip_beyond_the_end_stop_at_the_end() -> None:
    assert apply_differences(b"abcdef", b"\x01X\x80", 9) == b"Xbcdef"
