"""Definitions of a database or backup: each kind of object is read when it is first asked for."""

import threading
from functools import cached_property

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import CatalogueTexts, Row
from gdb_export.firebird.definitions.column_definitions import (
    RelationTexts,
    named_domains,
    read_columns,
    read_domain_rows,
    read_relation_texts,
)
from gdb_export.firebird.definitions.constraints import read_constraints
from gdb_export.firebird.definitions.objects import (
    Collation,
    ColumnDefinition,
    DatabaseException,
    Domain,
    Grant,
    Program,
    Role,
    Sequence,
    TableConstraints,
    View,
)
from gdb_export.firebird.definitions.programs import read_exceptions, read_programs
from gdb_export.firebird.definitions.sequences_and_roles import (
    read_collations,
    read_grants,
    read_roles,
    read_sequences,
)

_NO_CONSTRAINTS = TableConstraints()


class Definitions:
    """The definitions in the catalogue besides tables and types. Several threads must hold `lock`.

    `damage` lists what could not be read; each fault costs only the objects that it hits.
    """

    def __init__(self, reader: DatabaseReader) -> None:
        self.damage = DamageLog()
        self.lock = threading.Lock()
        self._texts = CatalogueTexts(reader, self.damage)

    @translate_unexpected
    def read_for_manifest(self) -> None:
        """Read everything that a manifest shows, so that `damage` is complete for it."""
        _ = self._constraints, self._columns, self._relation_texts
        _ = self.database_description, self.domains, self.sequences

    def constraints(self, table: Table) -> TableConstraints:
        """The keys, checks and indices of a table."""
        return self._constraints.get(table.qualified_name, _NO_CONSTRAINTS)

    def columns(self, table: Table) -> dict[str, ColumnDefinition]:
        """The definitions of the columns of a table that have more than a type, by name."""
        return self._columns.get(table.qualified_name, {})

    def description(self, table: Table) -> str:
        return self._relation_texts.descriptions.get(table.qualified_name, "")

    @cached_property
    def database_description(self) -> str:
        row = next(self._texts.rows("DATABASE", "DESCRIPTION"), {})
        return self._texts.text(row.get("DESCRIPTION"))

    @property
    def views(self) -> tuple[View, ...]:
        return self._relation_texts.views

    @cached_property
    def domains(self) -> tuple[Domain, ...]:
        return named_domains(self._texts, self._domain_rows)

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """Triggers, procedures, functions and packages."""
        return read_programs(self._texts)

    @cached_property
    def exceptions(self) -> tuple[DatabaseException, ...]:
        return read_exceptions(self._texts)

    @cached_property
    def sequences(self) -> tuple[Sequence, ...]:
        return read_sequences(self._texts)

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        return read_roles(self._texts)

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        return read_grants(self._texts)

    @cached_property
    def collations(self) -> tuple[Collation, ...]:
        return read_collations(self._texts)

    @cached_property
    def _constraints(self) -> dict[QualifiedName, TableConstraints]:
        return read_constraints(self._texts)

    @cached_property
    def _columns(self) -> dict[QualifiedName, dict[str, ColumnDefinition]]:
        return read_columns(self._texts, self._domain_rows)

    @cached_property
    def _domain_rows(self) -> dict[QualifiedName, Row]:
        return read_domain_rows(self._texts)

    @cached_property
    def _relation_texts(self) -> RelationTexts:
        return read_relation_texts(self._texts)
