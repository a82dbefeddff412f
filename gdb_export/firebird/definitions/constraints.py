"""Constraints and indices of tables.

A primary key, a unique constraint and a foreign key have an index, whose segments are their
columns. A CHECK constraint has triggers, whose source is its condition.
"""

from collections import defaultdict
from typing import NamedTuple

from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import (
    CatalogueTexts,
    Row,
    name_of,
    number,
    string,
)
from gdb_export.firebird.definitions.objects import (
    Check,
    ForeignKey,
    Index,
    Key,
    TableConstraints,
)

_MAX_COLUMNS = 64  # of an index; engines allow 16

PRIMARY, UNIQUE, FOREIGN, CHECK = "PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"


class _Constraint(NamedTuple):
    name: QualifiedName
    table: QualifiedName
    kind: str
    index_name: QualifiedName


def read_constraints(texts: CatalogueTexts) -> dict[QualifiedName, TableConstraints]:
    """The constraints and indices of all user tables that have any."""
    return _ConstraintReader(texts).by_table()


class _ConstraintReader:
    """Reads the constraints and indices of tables from the rows of system tables."""

    def __init__(self, texts: CatalogueTexts) -> None:
        self._texts = texts
        self._columns = _index_columns(texts)
        self._constraints = {constraint.name: constraint for constraint in _constraints(texts)}
        self._references = {
            name_of(row, "CONSTRAINT_NAME"): row
            for row in texts.rows(
                "REF_CONSTRAINTS",
                *("CONSTRAINT_NAME", "CONST_NAME_UQ", "UPDATE_RULE", "DELETE_RULE"),
                *("SCHEMA_NAME", "CONST_SCHEMA_NAME_UQ"),
            )
        }
        kinds = {constraint.kind for constraint in self._constraints.values()}
        self._checks = _check_sources(texts) if CHECK in kinds else {}

    def by_table(self) -> dict[QualifiedName, TableConstraints]:
        """The constraints and indices of all tables that have any."""
        constraints: defaultdict[QualifiedName, list[_Constraint]] = defaultdict(list)
        for constraint in sorted(self._constraints.values()):
            constraints[constraint.table].append(constraint)
        indices = self._indices()
        return {
            table: self._of_table(constraints.get(table, []), indices.get(table, ()))
            for table in {**constraints, **indices}
        }

    def _of_table(
        self, constraints: list[_Constraint], indices: tuple[Index, ...]
    ) -> TableConstraints:
        by_kind: defaultdict[str, list[_Constraint]] = defaultdict(list)
        for constraint in constraints:
            by_kind[constraint.kind].append(constraint)
        primary_keys = [self._key(constraint) for constraint in by_kind[PRIMARY]]
        unique_keys = [self._key(constraint) for constraint in by_kind[UNIQUE]]
        foreign_keys = [self._foreign_key(constraint) for constraint in by_kind[FOREIGN]]
        return TableConstraints(
            next((key for key in primary_keys if key is not None), None),
            tuple(key for key in unique_keys if key is not None),
            tuple(key for key in foreign_keys if key is not None),
            tuple(
                Check(constraint.name.object, self._checks[constraint.name])
                for constraint in by_kind[CHECK]
                if constraint.name in self._checks
            ),
            indices,
        )

    def _key(self, constraint: _Constraint) -> Key | None:
        """A primary key or unique constraint; None if its columns are lost, which is logged."""
        columns = self._columns.get(constraint.index_name)
        if not columns:
            self._report_lost(constraint)
            return None
        return Key(constraint.name.object, columns, constraint.index_name.object)

    def _foreign_key(self, constraint: _Constraint) -> ForeignKey | None:
        columns = self._columns.get(constraint.index_name)
        row = self._references.get(constraint.name, {})
        referenced = self._constraints.get(name_of(row, "CONST_NAME_UQ", "CONST_SCHEMA_NAME_UQ"))
        if referenced is None:
            self._report_lost(constraint)
            return None
        referenced_columns = self._columns.get(referenced.index_name, ())
        if not columns or len(referenced_columns) != len(columns):
            self._report_lost(constraint)
            return None
        return ForeignKey(
            constraint.name.object,
            columns,
            referenced.table,
            referenced_columns,
            string(row, "UPDATE_RULE") or "RESTRICT",
            string(row, "DELETE_RULE") or "RESTRICT",
            constraint.index_name.object,
        )

    def _report_lost(self, constraint: _Constraint) -> None:
        self._texts.log.add(
            Damage(f"the constraint {constraint.name} of {constraint.table} is lost in part")
        )

    def _indices(self) -> dict[QualifiedName, tuple[Index, ...]]:
        """The users' indices by table, those of constraints included."""
        indices: defaultdict[QualifiedName, list[Index]] = defaultdict(list)
        rows = self._texts.rows(
            "INDICES",
            *("INDEX_NAME", "RELATION_NAME", "UNIQUE_FLAG", "DESCRIPTION", "INDEX_INACTIVE"),
            *("INDEX_TYPE", "SYSTEM_FLAG", "EXPRESSION_SOURCE", "CONDITION_SOURCE"),
            *("SCHEMA_NAME", "PACKAGE_NAME"),
        )
        for row in rows:
            if not number(row, "SYSTEM_FLAG"):
                indices[name_of(row, "RELATION_NAME")].append(self._index(row))
        return {table: tuple(sorted(table_indices)) for table, table_indices in indices.items()}

    def _index(self, row: Row) -> Index:
        return Index(
            string(row, "INDEX_NAME"),
            self._columns.get(_index_name(row), ()),
            self._texts.text(row.get("EXPRESSION_SOURCE")),
            self._texts.text(row.get("CONDITION_SOURCE")),
            bool(number(row, "UNIQUE_FLAG")),
            bool(number(row, "INDEX_TYPE")),
            number(row, "INDEX_INACTIVE") != 1,
            self._texts.text(row.get("DESCRIPTION")),
        )


def _constraints(texts: CatalogueTexts) -> list[_Constraint]:
    fields = ("CONSTRAINT_NAME", "CONSTRAINT_TYPE", "RELATION_NAME", "INDEX_NAME", "SCHEMA_NAME")
    return [
        _Constraint(
            name_of(row, "CONSTRAINT_NAME"),
            name_of(row, "RELATION_NAME"),
            string(row, "CONSTRAINT_TYPE"),
            _index_name(row),
        )
        for row in texts.rows("RELATION_CONSTRAINTS", *fields)
    ]


def _index_columns(texts: CatalogueTexts) -> dict[QualifiedName, tuple[str, ...]]:
    """The columns of each index in the order of its segments."""
    segments: defaultdict[QualifiedName, list[tuple[int, str]]] = defaultdict(list)
    for row in texts.rows(
        "INDEX_SEGMENTS", "INDEX_NAME", "FIELD_NAME", "FIELD_POSITION", "SCHEMA_NAME"
    ):
        index_segments = segments[_index_name(row)]
        if len(index_segments) < _MAX_COLUMNS:
            position = number(row, "FIELD_POSITION") or 0
            index_segments.append((position, string(row, "FIELD_NAME")))
    return {
        index: tuple(name for _, name in sorted(index_segments))
        for index, index_segments in segments.items()
        if all(name for _, name in index_segments)
    }


def _index_name(row: Row) -> QualifiedName:
    return QualifiedName(string(row, "INDEX_NAME"), string(row, "SCHEMA_NAME"))


def _check_sources(texts: CatalogueTexts) -> dict[QualifiedName, str]:
    """The source of each CHECK constraint, from one of its triggers: they all have the same."""
    triggers = {
        name_of(row, "TRIGGER_NAME"): row.get("TRIGGER_SOURCE")
        for row in texts.rows("TRIGGERS", "TRIGGER_NAME", "TRIGGER_SOURCE", "SCHEMA_NAME")
    }
    sources: dict[QualifiedName, str] = {}
    for row in texts.rows("CHECK_CONSTRAINTS", "CONSTRAINT_NAME", "TRIGGER_NAME", "SCHEMA_NAME"):
        name = name_of(row, "CONSTRAINT_NAME")
        if name not in sources:
            source = texts.text(triggers.get(name_of(row, "TRIGGER_NAME")))
            if source:
                sources[name] = source
    return sources
