"""Values of columns from images of older formats."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import pack
from typing import Any

import pytest

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage, EvaluationError
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format, FrozenDefault
from gdb_export.firebird.row_values import RowValues
from gdb_export.firebird.values.text import TextDecoder
from gdb_export.firebird.values.value_types import InlineBlob
from gdb_export.firebird.values.values import Constant

UTF8, WIN1252, OCTETS = 4, 53, 1
LONG = Descriptor(Dtype.LONG, 0, 4, 0, 0, 4)


@dataclass
class FormatsOnly:
    """The part of a database that RowValues needs."""

    formats: dict[int, Format] = field(default_factory=dict)
    ods: tuple[int, int] = (13, 1)
    is_interbase: bool = False
    damage: DamageLog = field(default_factory=DamageLog)
    budget: EvaluationBudget = field(default_factory=lambda: EvaluationBudget(0))
    tables: Sequence[Table] = ()

    def format(self, table: Table, number: int) -> Format:
        return self.formats[number]


def varchar(length: int, charset: int = WIN1252) -> Descriptor:
    return Descriptor(Dtype.VARYING, 0, length + 2, charset, 0, 4)


def char(length: int, charset: int = WIN1252) -> Descriptor:
    return Descriptor(Dtype.TEXT, 0, length, charset, 0, 4)


def table_of(database: FormatsOnly, column: Column) -> Table:
    """A table of this column, with the formats of the database."""
    formats = dict.fromkeys(database.formats, b"")
    return Table(
        "T", 128, TableKind.TABLE, max(database.formats, default=1), (column,), "", "", formats
    )


def reader(database: FormatsOnly, column: Column, layout: Format) -> Any:
    """The function that reads the column from record images of format 1, which is `layout`."""
    values = RowValues(
        database,  # type: ignore[arg-type]
        table_of(database, column),
        TextDecoder(WIN1252),
        lambda column, count: None,
    )
    return values.reader(column, 1, layout)


def stored_text(text: bytes) -> bytes:
    """The record image of a row with this text in a VARCHAR(40)."""
    return bytes(4) + pack("<H", len(text)) + text.ljust(40, b"?")


@pytest.mark.parametrize("declared", [varchar(3), char(3)], ids=["VARCHAR", "CHAR"])
def test_a_text_that_no_longer_fits_its_column_is_returned_whole(declared: Descriptor) -> None:
    read = reader(FormatsOnly(), Column("V", 0, declared), Format.of([varchar(40)]))
    assert read(stored_text(b"longer than three")) == "longer than three"
    assert read(stored_text(b"ab")).rstrip(" ") == "ab"


def test_blanks_that_no_longer_fit_are_cut() -> None:
    read = reader(FormatsOnly(), Column("V", 0, varchar(3)), Format.of([char(20)]))
    assert read(bytes(4) + b"ab".ljust(20)) == "ab "


def test_a_number_that_no_longer_fits_its_column_fails() -> None:
    column = Column("N", 0, Descriptor(Dtype.SHORT, 0, 2))
    read = reader(FormatsOnly(), column, Format.of([LONG]))
    assert read(bytes(4) + pack("<i", 32767)) == 32767
    with pytest.raises(Damage, match="has another type in its format, and 32768 is out of range"):
        read(bytes(4) + pack("<i", 32768))


def test_a_field_of_a_wrong_length_is_damaged_unless_it_is_null() -> None:
    layout = Format.of([Descriptor(Dtype.LONG, 0, 3, 0, 0, 4)])
    read = reader(FormatsOnly(), Column("V", 0, LONG), layout)
    assert read(b"\1" + bytes(6)) is None
    with pytest.raises(Damage, match="with 3 bytes"):
        read(bytes(7))


def reader_of_added_column(column: Column, frozen: FrozenDefault | None) -> Any:
    """The reader, for rows of format 1, of a column that format 2 added."""
    defaults = {} if frozen is None else {1: frozen}
    database = FormatsOnly({1: Format.of([LONG]), 2: Format.of([LONG, LONG], defaults)})
    return reader(database, column, database.formats[1])


def test_rows_older_than_a_column_have_its_frozen_default() -> None:
    column = Column("N", 1, Descriptor(Dtype.LONG, -2, 4))
    frozen = FrozenDefault(Descriptor(Dtype.SHORT, -1, 2), pack("<h", 15))
    assert str(reader_of_added_column(column, frozen).value) == "1.50"
    without_default = reader_of_added_column(column, None)
    assert isinstance(without_default, Constant)
    assert without_default.value is None


@pytest.mark.parametrize(
    ("sub_type", "charset", "descriptor", "raw", "content"),
    [
        (1, WIN1252, char(2), b"\xe9x", "éx"),
        (1, UTF8, char(2, 0), "é".encode(), "é"),
        (1, OCTETS, char(2, 0), b"\xe9x", b"\xe9x"),
        (0, 0, char(2), b"\xe9x", b"\xe9x"),
        (0, 0, char(2, OCTETS), b"\0\xff", b"\0\xff"),
        (1, WIN1252, Descriptor(Dtype.SHORT, -1, 2), pack("<h", -5), "-0.5"),
        (0, 0, Descriptor(Dtype.SHORT, -1, 2), pack("<h", -5), b"-0.5"),
    ],
)
def test_the_default_of_a_blob_is_its_content(
    sub_type: int, charset: int, descriptor: Descriptor, raw: bytes, content: str | bytes
) -> None:
    column = Column("B", 1, Descriptor(Dtype.BLOB, 0, 8, sub_type), charset)
    default = reader_of_added_column(column, FrozenDefault(descriptor, raw))
    assert isinstance(default, Constant)
    assert default.value == InlineBlob(content)


def test_a_default_that_is_lost_with_its_format_fails() -> None:
    database = FormatsOnly({1: Format.of([LONG]), 3: Format.of([LONG, LONG])})
    database.damage.add(Damage("lost"))
    read = reader(database, Column("N", 1, LONG), database.formats[1])
    with pytest.raises(EvaluationError, match="is lost with format 2"):
        read(bytes(8))
