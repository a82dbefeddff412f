"""CAST, and the conversion of a result to the declared type of its column."""

from gdb_export.firebird.computed.blr.datatypes import read_type
from gdb_export.firebird.computed.blr.descriptors import is_text
from gdb_export.firebird.computed.blr.nodes import Environment, Evaluator, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.session_zone import check_zone
from gdb_export.firebird.computed.blr.text_charsets import charset_of, transliterated
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.conversions.conversions import convert
from gdb_export.firebird.core.charsets import OCTETS
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.core.ods import BLOB_SUBTYPE_TEXT, TEXT_TYPES, Dtype
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value


def _cast(parser: Parser, _: Verb) -> Node:
    target = read_type(parser.blr)
    operand = parser.value()
    return Node(target, cast(parser, operand, target))


def cast(parser: Parser, operand: Node, target: Descriptor) -> Evaluator:
    """An evaluator that converts the operand's value to `target`."""
    run, source = operand.run, operand.type
    environment, is_dialect_1 = parser.environment, parser.is_dialect_1

    def converted(scope: Scope) -> Value | None:
        return cast_value(run(scope), source, target, environment, is_dialect_1)

    return converted


def cast_value(
    value: Value | None,
    source: Descriptor,
    target: Descriptor,
    environment: Environment,
    is_dialect_1: bool,
) -> Value | None:
    """The value converted to the type and the character set of `target`."""
    if isinstance(value, bytes) and source.dtype == Dtype.BLOB and target.dtype in TEXT_TYPES:
        value = _printable(value, source) if charset_of(target) != OCTETS else value
    if isinstance(value, str | bytes) and is_text(target):
        charset = charset_of(source) if is_text(source) else charset_of(target)
        value = transliterated(environment.charsets, value, charset, charset_of(target))
    check_zone(value, target.dtype)
    return convert(value, source, target, environment.ods, is_dialect_1)


# Translation table: the engine keeps printable ASCII and these control characters and replaces all
# other bytes by dots. It drops line feeds, which end segments.
_TO_PRINTABLE = bytes(
    byte if 32 <= byte < 127 or byte in b"\b\t\v\f\r" else ord(".") for byte in range(256)
)


def _printable(content: bytes, source: Descriptor) -> str | bytes:
    """A binary blob as the engine converts it to text."""
    if source.sub_type == BLOB_SUBTYPE_TEXT:
        return content
    if source.sub_type:
        raise EvaluationError(f"a blob of sub-type {source.sub_type} cannot become a text")
    return content.translate(_TO_PRINTABLE, b"\n").decode("ascii")


VERB_PARSERS: dict[int, VerbParser] = {Verb.CAST: _cast}
