"""Builds BLR, expressions in prefix order, for tests without an engine."""

from decimal import Decimal

from gdb_export.firebird.computed.blr.nodes import Environment
from gdb_export.firebird.computed.blr.verbs import END_OF_COMMAND, VERSION_5, BlrType, Verb
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value


class Charsets:
    """Character sets for tests: OCTETS is bytes, 4 is UTF-8, all others are Latin 1."""

    def decode(self, raw: bytes, charset_id: int) -> str | bytes:
        if charset_id == 1:
            return raw
        return raw.decode("utf-8" if charset_id == 4 else "latin-1", "replace")

    def encode(self, text: str | bytes, charset_id: int) -> bytes:
        if isinstance(text, bytes):
            return text
        return text.encode("utf-8" if charset_id == 4 else "latin-1", "replace")


def expression_blr(expression: bytes, version: int = VERSION_5) -> bytes:
    return bytes([version]) + expression + bytes([END_OF_COMMAND])


def integer(value: int) -> bytes:
    """A literal of type INTEGER."""
    return bytes([Verb.LITERAL, BlrType.LONG, 0]) + value.to_bytes(4, "little", signed=True)


def numeric(text: str) -> bytes:
    """A literal of type NUMERIC, with the decimals of the text."""
    decimal = Decimal(text)
    scale = decimal.as_tuple().exponent
    assert isinstance(scale, int)
    unscaled = int(decimal.scaleb(-scale))
    return bytes([Verb.LITERAL, BlrType.LONG, scale & 255]) + unscaled.to_bytes(
        4, "little", signed=True
    )


def text(value: str) -> bytes:
    """A literal of type CHAR."""
    raw = value.encode("latin-1")
    return bytes([Verb.LITERAL, BlrType.TEXT2, 0, 0]) + len(raw).to_bytes(2, "little") + raw


def name(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def field(column: str, context: int = 0) -> bytes:
    """A column of the row in the given BLR context."""
    return bytes([Verb.FIELD, context]) + name(column)


def call(function: str, *arguments: bytes) -> bytes:
    return (
        bytes([Verb.SYS_FUNCTION]) + name(function) + bytes([len(arguments)]) + b"".join(arguments)
    )


def verb(code: int, *operands: bytes) -> bytes:
    return bytes([code]) + b"".join(operands)


def environment(ods: tuple[int, int] = (13, 1), **columns: Descriptor) -> Environment:
    return Environment(ods, lambda key: columns.get(str(key)), Charsets())


def evaluate(
    expression: bytes, version: int = VERSION_5, ods: tuple[int, int] = (13, 1), **row: Value
) -> Value:
    """The value of an expression; the types of its columns are derived from their values."""
    columns = {column: _type_of(value) for column, value in row.items()}
    parsed = parse(expression_blr(expression, version), environment(ods, **columns))
    return parsed.evaluate(lambda key: row[str(key)])


def _type_of(value: Value) -> Descriptor:
    if isinstance(value, bool):
        return Descriptor(Dtype.BOOLEAN, length=1)
    if isinstance(value, float):
        return Descriptor(Dtype.DOUBLE, length=8)
    if isinstance(value, Decimal):
        return Descriptor(Dtype.INT64, int(value.as_tuple().exponent), 8)
    if isinstance(value, str):
        return Descriptor(Dtype.VARYING, 0, 42)
    return Descriptor(Dtype.LONG, length=4)
