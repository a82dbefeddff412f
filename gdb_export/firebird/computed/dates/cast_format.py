"""CAST ... FORMAT: a date as a text, or a text as a date, by a pattern (ODS 14)."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.casts import cast
from gdb_export.firebird.computed.blr.datatypes import read_type
from gdb_export.firebird.computed.blr.descriptors import DATE_TYPES, ZONED_TYPES
from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.session_zone import NEEDS_SESSION_ZONE
from gdb_export.firebird.computed.blr.text_charsets import charset_of, transliterated
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.dates.current_moment import NEEDS_MOMENT
from gdb_export.firebird.computed.dates.format_patterns import (
    ZONE_PATTERNS,
    patterns_from_text,
    tokens_to_text,
)
from gdb_export.firebird.computed.dates.formatted_dates import formatted
from gdb_export.firebird.computed.dates.parsed_dates import needs_moment, parsed
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.core.ods import TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.temporal import Date
from gdb_export.firebird.values.value_types import Value, as_str

# The engine writes the bytes of the format whatever the character set: a character is a byte
_BYTES = "latin-1"
# Converts a value that is not NULL
Conversion = Callable[[Value], Value]


def _cast_format(parser: Parser, _: Verb) -> Node:
    date_format = parser.blr.take(parser.blr.u8()).decode(_BYTES)
    target = read_type(parser.blr)
    operand = parser.value()
    source = operand.type
    if _are_equal(source, target):
        return Node(target, operand.run)
    if not date_format:
        return Node(target, cast(parser, operand, target))
    if target.dtype in TEXT_TYPES:
        convert = _to_text(parser, date_format, source, target)
    elif target.dtype in DATE_TYPES:
        convert = _from_text(parser, date_format, source, target)
    else:
        raise UnsupportedExpression("uses CAST with FORMAT to a type that is not a date or text")

    def run(scope: Scope) -> Value | None:
        value = operand.run(scope)
        return None if value is None else convert(value)

    return Node(target, run)


def _are_equal(source: Descriptor, target: Descriptor) -> bool:
    """Whether the types are equal; the engine returns such a value as it is."""
    return (source.dtype, source.scale, source.length, source.sub_type) == (
        target.dtype,
        target.scale,
        target.length,
        target.sub_type,
    )


def _to_text(
    parser: Parser, date_format: str, source: Descriptor, target: Descriptor
) -> Conversion:
    if source.dtype not in DATE_TYPES:
        return _refuse_every("a value that is not a date, by a date format")
    try:
        tokens = tokens_to_text(date_format, source.dtype)
    except EvaluationError as error:
        return _refuse_every(str(error))
    charsets, charset = parser.environment.charsets, charset_of(target)
    longest = target.length - (2 if target.dtype == Dtype.VARYING else 0)

    def convert(value: Value) -> Value:
        content = formatted(value, tokens).encode(_BYTES)
        if len(content) > longest:
            raise EvaluationError(f"a formatted date of {len(content)} bytes in {longest}")
        if target.dtype == Dtype.TEXT:
            content = content.ljust(longest)
        return transliterated(charsets, content, charset, charset)

    return convert


def _from_text(
    parser: Parser, date_format: str, source: Descriptor, target: Descriptor
) -> Conversion:
    if source.dtype not in TEXT_TYPES:
        return _refuse_every("a value that is not a text, by a date format")
    try:
        patterns = patterns_from_text(date_format, target.dtype)
    except EvaluationError as error:
        return _refuse_every(str(error))
    moment = parser.environment.moment
    if moment is None and needs_moment(patterns, target.dtype):
        raise UnsupportedExpression(NEEDS_MOMENT)
    if target.dtype in ZONED_TYPES and ZONE_PATTERNS.isdisjoint(patterns):
        raise UnsupportedExpression(NEEDS_SESSION_ZONE)
    today = None if moment is None else Date(moment.days)

    def convert(value: Value) -> Value:
        assert isinstance(value, str | bytes)  # the type is a text
        return parsed(as_str(value), patterns, target.dtype, today)

    return convert


def _refuse_every(message: str) -> Conversion:
    """A conversion that fails for every value, as the engine's does for this format."""

    def refuse(_: Value) -> Value:
        raise EvaluationError(message)

    return refuse


VERB_PARSERS: dict[int, VerbParser] = {Verb.CAST_FORMAT: _cast_format}
