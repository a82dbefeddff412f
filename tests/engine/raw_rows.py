"""Rows as bytes from the engine's own interface, with a null indicator per column."""

from collections.abc import Iterator
from ctypes import byref, create_string_buffer
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RawColumn:
    """A column of a result.

    `type` is the SQL type without its null bit, `length` is in bytes; `offset` and `null_offset`
    are those of value and null indicator in the message.
    """

    name: str
    type: int
    sub_type: int
    scale: int
    length: int
    charset_id: int
    offset: int
    null_offset: int


def _forced_nullable(metadata: Any) -> Any:
    """The description of a result whose columns may all be NULL."""
    with metadata.get_builder() as builder:
        for index in range(metadata.get_count()):
            builder.set_type(index, metadata.get_type(index) | 1)
        return builder.get_metadata()


def _column(metadata: Any, message: Any, index: int) -> RawColumn:
    return RawColumn(
        metadata.get_alias(index),
        int(metadata.get_type(index)),
        metadata.get_subtype(index),
        metadata.get_scale(index),
        metadata.get_length(index),
        metadata.get_charset(index),
        message.get_offset(index),
        message.get_null_offset(index),
    )


def select(connection: Any, sql: str) -> tuple[list[RawColumn], Iterator[list[bytes | None]]]:
    """Columns and rows of a query in the connection's main transaction."""
    transaction = connection.main_transaction
    if not transaction.is_active():
        transaction.begin()
    attachment = connection._att
    statement = attachment.prepare(transaction._tra, sql, connection.sql_dialect)
    metadata = statement.get_output_metadata()
    message = _forced_nullable(metadata)
    columns = [_column(metadata, message, index) for index in range(metadata.get_count())]
    return columns, _fetch(statement, transaction._tra, message, columns)


def _fetch(
    statement: Any, transaction: Any, metadata: Any, columns: list[RawColumn]
) -> Iterator[list[bytes | None]]:
    from firebird.driver.types import CursorFlag, StateResult

    cursor = statement.open_cursor(transaction, None, None, metadata, CursorFlag.NONE)
    message = create_string_buffer(metadata.get_message_length())
    while cursor.fetch_next(message) == StateResult.OK:
        raw = message.raw
        yield [
            None
            if any(raw[column.null_offset : column.null_offset + 2])
            else raw[column.offset :][: column.length + 2]  # 2 for the length of a VARCHAR
            for column in columns
        ]
    cursor.close()
    statement.free()


def read_blob(connection: Any, blob_id: bytes) -> bytes:
    """The content of a blob without character set conversion."""
    from firebird.driver.fbapi import ISC_QUAD, Cardinal
    from firebird.driver.types import StateResult

    blob = connection._att.open_blob(
        connection.main_transaction._tra, ISC_QUAD.from_buffer_copy(blob_id[:8])
    )
    buffer = create_string_buffer(32768)
    count = Cardinal(0)
    segments = []
    while blob.get_segment(len(buffer), byref(buffer), count) != StateResult.NO_DATA:
        segments.append(buffer.raw[: count.value])
    blob.close()
    return b"".join(segments)
