"""Verbs that Firebird 6 added to BLR, and the flags that may follow the version."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gdb_export.firebird.computed.blr.nodes import ColumnKey, LookupRow
from gdb_export.firebird.computed.blr.verbs import (
    END_OF_LIST,
    FLAGS,
    TRIM_ANY_OF_CHARACTERS,
    TRIM_BOTH,
    TRIM_LEADING,
    TRIM_TRAILING,
    VERSION_5,
    BlrType,
    Verb,
)
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.subselects.selection_parser import (
    END,
    RECORD_SELECTION,
    RELATION,
    RELATION3,
)
from gdb_export.firebird.computed.subselects.subselect import SINGULAR
from gdb_export.firebird.core.errors import Damage, UnsupportedExpression
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value
from tests.firebird.computed.blr_builder import (
    environment,
    evaluate,
    expression_blr,
    field,
    integer,
    name,
    text,
)

ODS = (14, 0)
SEARCH_SYSTEM_SCHEMA = bytes([FLAGS, 1, 0, 0, END_OF_LIST])


class OneRow:
    """A table with the column V and one row."""

    def column(self, key: ColumnKey) -> Descriptor | None:
        return Descriptor(Dtype.LONG, length=4)

    def rows(self, keys: frozenset[ColumnKey]) -> Sequence[LookupRow]:
        return [dict.fromkeys(keys, 7)]


def lookup(relation: bytes) -> bytes:
    selection = bytes([RECORD_SELECTION, 1]) + relation + bytes([1, END])
    return bytes([Verb.VIA, SINGULAR]) + selection + field("V", 1) + bytes([Verb.NULL])


@pytest.mark.parametrize(
    ("relation", "found"),
    [
        (
            bytes([RELATION3]) + name("SALES") + name("") + name("T") + name("alias"),
            QualifiedName("T", "SALES"),
        ),
        (
            bytes([RELATION3]) + name("SALES") + name("PKG") + name("T") + name(""),
            QualifiedName("T", "SALES", "PKG"),
        ),
        # in a database restored from an older backup: the schema of the column's own table
        (bytes([RELATION]) + name("T"), QualifiedName("T", "OWN")),
    ],
)
def test_a_table_is_looked_up_by_its_qualified_name(relation: bytes, found: QualifiedName) -> None:
    asked: list[QualifiedName] = []

    def find(qualified_name: QualifiedName) -> OneRow:
        asked.append(qualified_name)
        return OneRow()

    with_table = replace(environment(ODS), lookup_table=find, schema="OWN")
    parsed = parse(expression_blr(lookup(relation)), with_table)
    assert parsed.evaluate(lambda key: None) == 7
    assert asked == [found]


def test_flags_after_the_version_are_skipped() -> None:
    blr = bytes([VERSION_5]) + SEARCH_SYSTEM_SCHEMA + integer(5) + bytes([76])
    assert parse(blr, environment(ODS)).evaluate(lambda key: None) == 5
    with pytest.raises(UnsupportedExpression, match="unknown verb 234"):
        parse(blr, environment((13, 1)))
    with pytest.raises(Damage, match="ends too early"):
        parse(bytes([VERSION_5, FLAGS, 1, 255, 255]), environment(ODS))


@pytest.mark.parametrize(
    ("side", "removed", "value", "trimmed"),
    [
        (TRIM_BOTH, "ac ", "ac ab a c ca", "b"),
        (TRIM_LEADING, "ac ", "ac ab a c ca", "b a c ca"),
        (TRIM_TRAILING, "a ", "ac ab a c a ", "ac ab a c"),
    ],
)
def test_trim_removes_each_of_the_given_characters(
    side: int, removed: str, value: Value, trimmed: str
) -> None:
    head = bytes([Verb.TRIM, side, TRIM_ANY_OF_CHARACTERS])
    assert evaluate(head + text(removed) + field("V"), ods=ODS, V=value) == trimmed


def test_trim_of_no_characters_keeps_the_text() -> None:
    head = bytes([Verb.TRIM, TRIM_BOTH, TRIM_ANY_OF_CHARACTERS])
    assert evaluate(head + text("") + field("V"), ods=ODS, V=" a ") == " a "
    assert evaluate(head + text(" a") + field("V"), ods=ODS, V=" a ") == ""


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            bytes([Verb.INVOKE_FUNCTION, 1, 1]) + name("SALES") + b"\3" + name("TAX") + b"\xff\xff",
            r"needs the function SALES\.TAX$",
        ),
        (
            bytes([Verb.INVOKE_FUNCTION, 1, 1]) + name("S") + b"\2" + name("P") + b"\3" + name("F")
            + b"\xff\xff",
            r"needs the function S\.P\.F$",
        ),
        (bytes([Verb.GEN_ID3]) + name("SALES") + name("G"), r"needs the generator SALES\.G$"),
        (bytes([Verb.CURRENT_SCHEMA]), "needs the schema of the session"),
        (bytes([Verb.DEFAULT2]) + name("S") + name("T") + name("C"), "default of another column"),
        (bytes([Verb.PACKAGE_REFERENCE, 1]), "needs a constant of a package"),
        (bytes([Verb.CAST, BlrType.DOMAIN_NAME3, 0]), "type of a domain or column"),
        (bytes([Verb.CAST, BlrType.COLUMN_NAME3, 0]), "type of a domain or column"),
    ],
)  # fmt: skip
def test_an_unsupported_verb_is_refused_with_its_reason(expression: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedExpression, match=reason):
        parse(expression_blr(expression), environment(ODS))
