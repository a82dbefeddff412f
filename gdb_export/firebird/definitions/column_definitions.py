"""Descriptions, defaults, domains and sources of columns, tables, domains and views."""

from collections import defaultdict
from typing import NamedTuple

from gdb_export.firebird.core.qualified_names import SYSTEM_SCHEMA, QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import (
    CatalogueTexts,
    Row,
    name_of,
    number,
    string,
)
from gdb_export.firebird.definitions.collation_names import collation_name
from gdb_export.firebird.definitions.objects import ColumnDefinition, Domain, View

CollationId = tuple[int, int]  # the ids of the character set and of the collation

# Prefix of the domains that the engine makes for columns declared without a named domain
_ANONYMOUS = "RDB$"
_IDENTITY_TYPES: dict[int | None, str] = {0: "ALWAYS", 1: "BY DEFAULT"}
# Fields of a column, and of its domain, that are empty if the column has nothing but a type
_COLUMN_FIELDS = ("DESCRIPTION", "DEFAULT_SOURCE", "BASE_FIELD", "COLLATION_ID")
_DOMAIN_FIELDS = ("DEFAULT_SOURCE", "COMPUTED_SOURCE", "COLLATION_ID")


class RelationTexts(NamedTuple):
    """The descriptions of tables and views, and the sources of views."""

    descriptions: dict[QualifiedName, str]
    views: tuple[View, ...]


def read_relation_texts(texts: CatalogueTexts) -> RelationTexts:
    """The texts of the users' tables and views."""
    descriptions: dict[QualifiedName, str] = {}
    views = []
    for row in texts.rows(
        "RELATIONS",
        *("RELATION_NAME", "SYSTEM_FLAG", "DESCRIPTION", "VIEW_SOURCE", "SCHEMA_NAME"),
        "PACKAGE_NAME",
    ):
        if number(row, "SYSTEM_FLAG"):
            continue
        name = name_of(row, "RELATION_NAME")
        if description := texts.text(row.get("DESCRIPTION")):
            descriptions[name] = description
        if source := texts.text(row.get("VIEW_SOURCE")):
            views.append(View(name, source, description))
    return RelationTexts(descriptions, tuple(sorted(views)))


def read_columns(
    texts: CatalogueTexts, domains: dict[QualifiedName, Row]
) -> dict[QualifiedName, dict[str, ColumnDefinition]]:
    """The column definitions of users' tables, by table and column.

    Columns that have nothing but a type are left out.
    """
    columns: defaultdict[QualifiedName, dict[str, ColumnDefinition]] = defaultdict(dict)
    plain = ColumnDefinition()
    collations = collation_names(texts)
    for row in texts.rows(
        "RELATION_FIELDS",
        *("FIELD_NAME", "RELATION_NAME", "FIELD_SOURCE", "BASE_FIELD", "DESCRIPTION"),
        *("DEFAULT_SOURCE", "SYSTEM_FLAG", "IDENTITY_TYPE", "SCHEMA_NAME", "PACKAGE_NAME"),
        *("FIELD_SOURCE_SCHEMA_NAME", "COLLATION_ID"),
    ):
        if number(row, "SYSTEM_FLAG") or string(row, "SCHEMA_NAME") == SYSTEM_SCHEMA:
            continue
        domain_name = name_of(row, "FIELD_SOURCE", "FIELD_SOURCE_SCHEMA_NAME")
        domain = domains.get(domain_name, {})
        if _has_only_type(row, domain_name, domain):
            continue
        definition = _column(texts, row, domain_name, domain, collations)
        if definition != plain:
            columns[name_of(row, "RELATION_NAME")][string(row, "FIELD_NAME")] = definition
    return dict(columns)


def _has_only_type(row: Row, domain_name: QualifiedName, domain: Row) -> bool:
    """Whether the definition of a column is certainly empty. This is so for most columns, and
    quick to find out."""
    return (
        not any(map(row.get, _COLUMN_FIELDS))
        and row.get("IDENTITY_TYPE") is None
        and not any(map(domain.get, _DOMAIN_FIELDS))
        and domain_name.object.startswith(_ANONYMOUS)
    )


def _column(
    texts: CatalogueTexts,
    row: Row,
    domain_name: QualifiedName,
    domain: Row,
    collations: dict[CollationId, str],
) -> ColumnDefinition:
    is_anonymous = domain_name.object.startswith(_ANONYMOUS)
    return ColumnDefinition(
        domain="" if is_anonymous else str(domain_name),
        description=texts.text(row.get("DESCRIPTION")),
        default=texts.text(row.get("DEFAULT_SOURCE")) or texts.text(domain.get("DEFAULT_SOURCE")),
        computed=texts.text(domain.get("COMPUTED_SOURCE")),
        identity=_IDENTITY_TYPES.get(number(row, "IDENTITY_TYPE"), ""),
        base_column=string(row, "BASE_FIELD"),
        collation=_collation(row, domain, collations),
    )


def collation_names(texts: CatalogueTexts) -> dict[CollationId, str]:
    """The names of the collations that the catalogue holds. Backups hold those of users only."""
    rows = texts.rows("COLLATIONS", "COLLATION_NAME", "COLLATION_ID", "CHARACTER_SET_ID")
    return {
        (number(row, "CHARACTER_SET_ID") or 0, number(row, "COLLATION_ID") or 0): string(
            row, "COLLATION_NAME"
        )
        for row in rows
    }


def _collation(row: Row, domain: Row, collations: dict[CollationId, str]) -> str:
    """The name of a column's collation; the column may have another one than its domain."""
    charset = (number(domain, "CHARACTER_SET_ID") or 0) & 0xFF
    own = number(row, "COLLATION_ID")
    collation = (number(domain, "COLLATION_ID") if own is None else own) or 0
    if not collation:
        return ""
    return collations.get((charset, collation)) or collation_name(charset, collation)


def read_domain_rows(texts: CatalogueTexts) -> dict[QualifiedName, Row]:
    """The rows of RDB$FIELDS by name."""
    return {
        name_of(row, "FIELD_NAME"): row
        for row in texts.rows(
            "FIELDS",
            *("FIELD_NAME", "SYSTEM_FLAG", "DESCRIPTION", "DEFAULT_SOURCE", "VALIDATION_SOURCE"),
            *("COMPUTED_SOURCE", "NULL_FLAG", "SCHEMA_NAME", "CHARACTER_SET_ID", "COLLATION_ID"),
        )
    }


def named_domains(texts: CatalogueTexts, rows: dict[QualifiedName, Row]) -> tuple[Domain, ...]:
    """The domains that users named."""
    return tuple(
        Domain(
            name,
            texts.text(row.get("DESCRIPTION")),
            texts.text(row.get("DEFAULT_SOURCE")),
            texts.text(row.get("VALIDATION_SOURCE")),
            not number(row, "NULL_FLAG"),
        )
        for name, row in sorted(rows.items())
        if not number(row, "SYSTEM_FLAG")
        and name.schema != SYSTEM_SCHEMA
        and not name.object.startswith(_ANONYMOUS)
    )
