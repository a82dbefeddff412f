"""The boundary: unexpected exceptions become Damage, expected ones pass through."""

import struct

import pytest

from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.errors import Damage, FirebirdError, NotADatabase


@pytest.mark.parametrize(
    "error",
    [
        struct.error("unpack requires 4 bytes"),
        IndexError("list index out of range"),
        KeyError("LOWER_BOUND"),
        ValueError("bad"),
        OverflowError("too large"),
        ZeroDivisionError("by zero"),
        RecursionError("too deep"),
        MemoryError(),
        TypeError("no"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
    ],
)
def test_unexpected_errors_become_damage(error: Exception) -> None:
    @translate_unexpected
    def fail() -> None:
        raise error

    with pytest.raises(Damage, match=f"unexpected error .{type(error).__name__}") as caught:
        fail()
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [NotADatabase("text"), Damage("x", 1, 2), OSError("disk")])
def test_errors_of_the_reader_and_of_the_source_pass_unchanged(error: Exception) -> None:
    @translate_unexpected
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error


def test_damage_takes_page_and_slot_once() -> None:
    damage = Damage("broken").at(7, 3)
    assert str(damage) == "page 7 slot 3: broken"
    assert damage.at(9) is damage
    assert isinstance(damage, FirebirdError)
