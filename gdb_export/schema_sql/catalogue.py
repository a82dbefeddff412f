"""The catalogue as the script needs it: names, domains, types and collations."""

import re
from collections import defaultdict
from functools import cached_property

from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.charsets import CHARSETS, charset_by_name
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import MAX_DIMENSIONS
from gdb_export.firebird.core.qualified_names import SYSTEM_SCHEMA, QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import (
    CatalogueTexts,
    Row,
    name_of,
    number,
    string,
)
from gdb_export.firebird.definitions.collation_names import ALL_COLLATIONS, collation_name
from gdb_export.firebird.definitions.column_definitions import CollationId, collation_names
from gdb_export.schema_sql.field_types import charset_of, has_charset, sql_type
from gdb_export.schema_sql.statements import Identifiers

# Prefix of the domains that the engine makes for columns declared without a named domain
ANONYMOUS = "RDB$"

_WORD = re.compile(r"[\w$]+")
_PASSES = 8  # times that the script asks for one text at most
_FIELD_COLUMNS = (
    *("FIELD_NAME", "SCHEMA_NAME", "SYSTEM_FLAG", "DESCRIPTION", "DEFAULT_SOURCE"),
    *("VALIDATION_SOURCE", "COMPUTED_SOURCE", "NULL_FLAG", "FIELD_TYPE", "FIELD_SUB_TYPE"),
    *("FIELD_LENGTH", "FIELD_SCALE", "FIELD_PRECISION", "SEGMENT_LENGTH", "CHARACTER_LENGTH"),
    *("CHARACTER_SET_ID", "COLLATION_ID", "DIMENSIONS", "COMPUTED_BLR"),
)


class SchemaCatalogue:
    """Reads the catalogue of one database. `log` lists what can't be read."""

    def __init__(self, reader: DatabaseReader, log: DamageLog) -> None:
        self.reader = reader
        self.texts = CatalogueTexts(reader, log, _PASSES)
        self.dialect = reader.dialect
        self.sql = Identifiers(self.dialect)

    @cached_property
    def fields(self) -> dict[QualifiedName, Row]:
        """The rows of RDB$FIELDS by name."""
        rows = self.texts.rows("FIELDS", *_FIELD_COLUMNS)
        return {name_of(row, "FIELD_NAME"): row for row in rows}

    def type_of(self, name: QualifiedName) -> str:
        """The type of a domain, named or not, as SQL. Raises Damage if it has none."""
        if name not in self.fields:
            raise Damage(f"the domain {name}, which is lost")
        field = self.fields[name]
        bounds = [bound for _, bound in sorted(self._bounds.get(name, []))]
        if number(field, "DIMENSIONS") and not bounds:
            raise Damage("an array whose bounds are lost")
        return sql_type(field, bounds, self.dialect)

    def collation_of(self, field: Row, collation: int | None) -> str:
        """The clause COLLATE with a space before it, or "" for the default of the character set.

        `collation` is the id of the collation; None stands for that of the field itself.
        """
        if not has_charset(field):
            return ""
        charset = charset_of(field)
        wanted = (number(field, "COLLATION_ID") if collation is None else collation) or 0
        default = self.default_collations.get(charset, "")
        name = self._collations.get((charset, wanted)) or collation_name(charset, wanted)
        if not wanted:
            name = self.charset_names.get(charset, "") if default else ""
        return f" COLLATE {self.sql.name(name)}" if name and name != default else ""

    def changed_collation(self, domain: Row, own: int | None) -> str:
        """The clause COLLATE of a column or parameter with another collation than its domain."""
        if own is None or own == (number(domain, "COLLATION_ID") or 0):
            return ""
        return self.collation_of(domain, own)

    def charset_name(self, charset: int) -> str:
        """The name of a character set, "" if it is unknown."""
        known = CHARSETS.get(charset)
        return known.name if known else self.charset_names.get(charset, "")

    @cached_property
    def collation_names(self) -> frozenset[str]:
        """The names of the collations in the catalogue, and of the engine's own."""
        return frozenset(self._collations.values()) | ALL_COLLATIONS

    @cached_property
    def charset_names(self) -> dict[int, str]:
        return {_charset_id(row): string(row, "CHARACTER_SET_NAME") for row in self._charset_rows}

    @cached_property
    def default_collations(self) -> dict[int, str]:
        """The collation of each character set whose default is not that of the engine."""
        return {
            _charset_id(row): string(row, "DEFAULT_COLLATE_NAME")
            for row in self._charset_rows
            if string(row, "DEFAULT_COLLATE_NAME") not in ("", string(row, "CHARACTER_SET_NAME"))
        }

    @cached_property
    def _charset_rows(self) -> list[Row]:
        fields = ("CHARACTER_SET_ID", "CHARACTER_SET_NAME", "DEFAULT_COLLATE_NAME")
        return list(self.texts.rows("CHARACTER_SETS", *fields))

    @cached_property
    def _collations(self) -> dict[CollationId, str]:
        return collation_names(self.texts)

    @cached_property
    def _bounds(self) -> dict[QualifiedName, list[tuple[int, tuple[int, int]]]]:
        bounds: defaultdict[QualifiedName, list[tuple[int, tuple[int, int]]]] = defaultdict(list)
        fields = ("FIELD_NAME", "DIMENSION", "LOWER_BOUND", "UPPER_BOUND", "SCHEMA_NAME")
        for row in self.texts.rows("FIELD_DIMENSIONS", *fields):
            of_field = bounds[name_of(row, "FIELD_NAME")]
            if len(of_field) < MAX_DIMENSIONS:
                bound = number(row, "LOWER_BOUND") or 0, number(row, "UPPER_BOUND") or 0
                of_field.append((number(row, "DIMENSION") or 0, bound))
        return bounds

    @cached_property
    def _program_names(self) -> frozenset[str]:
        """The names of functions, procedures and packages, in upper case."""
        tables = (
            ("FUNCTIONS", "FUNCTION_NAME"),
            ("PROCEDURES", "PROCEDURE_NAME"),
            ("PACKAGES", "PACKAGE_NAME"),
        )
        return frozenset(
            string(row, column).upper()
            for table, column in tables
            for row in self.texts.rows(table, column, "SYSTEM_FLAG")
            if not number(row, "SYSTEM_FLAG")
        )

    def needs_others(self, source: str) -> bool:
        """Whether an expression may use tables or programs, which the script creates later."""
        words = words_of(source)
        return "SELECT" in words or not words.isdisjoint(self._program_names)


def _charset_id(row: Row) -> int:
    """The id of a character set, which backups give only by its name."""
    known = number(row, "CHARACTER_SET_ID")
    if known is None:
        known = charset_by_name(string(row, "CHARACTER_SET_NAME"))
    return known or 0


def is_users(row: Row, schema: str = "SCHEMA_NAME") -> bool:
    """Whether an object is not one of the engine's own."""
    return not number(row, "SYSTEM_FLAG") and string(row, schema) != SYSTEM_SCHEMA


def words_of(source: str) -> frozenset[str]:
    """The words of a source in upper case: names, keywords and numbers."""
    return frozenset(word.upper() for word in _WORD.findall(source))
