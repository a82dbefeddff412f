"""Keys, foreign keys, checks and indices."""

from collections.abc import Iterator, Sequence

from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import name_of, string
from gdb_export.firebird.definitions.constraints import CHECK, read_constraints
from gdb_export.firebird.definitions.objects import ForeignKey, Index, Key, TableConstraints
from gdb_export.schema_sql.catalogue import SchemaCatalogue
from gdb_export.schema_sql.relations import Table, is_generated_name
from gdb_export.schema_sql.statements import Statement, left_out

_RULES = ("CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION")  # besides RESTRICT, the default
_NO_CONSTRAINTS = TableConstraints()


class Constraints:
    """The statements that create the constraints and indices of tables."""

    def __init__(self, catalogue: SchemaCatalogue, tables: Sequence[Table]) -> None:
        self._catalogue = catalogue
        self._sql = catalogue.sql
        by_table = read_constraints(catalogue.texts)
        self._indices = {
            (table, index.name): index
            for table, constraints in by_table.items()
            for index in constraints.indices
        }
        self._tables = [
            (table.name, by_table.get(table.name, _NO_CONSTRAINTS))
            for table in tables
            if not table.name.package
        ]

    def create_keys(self) -> Iterator[Statement]:
        """Primary keys and unique constraints."""
        for table, found in self._tables:
            if key := found.primary_key:
                yield self._add(table, key, f"PRIMARY KEY ({self._sql.listed(key.columns)})")
            for key in found.unique_keys:
                yield self._add(table, key, f"UNIQUE ({self._sql.listed(key.columns)})")

    def create_foreign_keys(self) -> Iterator[Statement]:
        for table, found in self._tables:
            for key in found.foreign_keys:
                rules = [
                    f" ON {event} {rule}"
                    for event, rule in (("UPDATE", key.update_rule), ("DELETE", key.delete_rule))
                    if rule in _RULES
                ]
                target = f"{self._sql.qualified(key.table)} "
                target += f"({self._sql.listed(key.referenced_columns)})"
                clause = (
                    f"FOREIGN KEY ({self._sql.listed(key.columns)}) REFERENCES {target}"
                    f"{''.join(rules)}"
                )
                yield self._add(table, key, clause)

    def create_checks(self) -> Iterator[Statement]:
        yield from self._lost_checks()
        for table, found in self._tables:
            for check in found.checks:
                yield Statement(
                    f"ALTER TABLE {self._sql.qualified(table)} ADD{self._name(check.name)}"
                    f" {check.source}"
                )

    def _lost_checks(self) -> Iterator[Statement]:
        """A comment for each check whose source is missing."""
        found = {
            (table, check.name)
            for table, constraints in self._tables
            for check in constraints.checks
        }
        fields = ("CONSTRAINT_NAME", "CONSTRAINT_TYPE", "RELATION_NAME", "SCHEMA_NAME")
        for row in self._catalogue.texts.rows("RELATION_CONSTRAINTS", *fields):
            key = name_of(row, "RELATION_NAME"), string(row, "CONSTRAINT_NAME")
            if string(row, "CONSTRAINT_TYPE") == CHECK and key not in found:
                yield left_out(f"the check {key[1]} of {key[0]}, which has no source")

    def create_indices(self) -> Iterator[Statement]:
        """The indices that no constraint creates."""
        for table, found in self._tables:
            keys = _keys(found)
            names = {key.index_name for key in keys}
            for index in found.indices:
                if index.name not in names:
                    yield from self._index(table, index)

    def _index(self, table: QualifiedName, index: Index) -> Iterator[Statement]:
        if not index.columns and not index.expression:
            yield left_out(f"the index {index.name} of {table}, which has no columns or source")
            return
        words = ["UNIQUE "] * index.is_unique + ["DESCENDING "] * index.is_descending
        expression = index.expression
        if index.columns:
            target = f"({self._sql.listed(index.columns)})"
        else:
            target = f"COMPUTED BY {expression if expression[0] == '(' else f'({expression})'}"
        name = self._sql.name(index.name)
        condition = f" {index.condition}" if index.condition else ""
        yield Statement(
            f"CREATE {''.join(words)}INDEX {name} ON {self._sql.qualified(table)}"
            f" {target}{condition}"
        )
        if not index.is_active:
            in_schema = self._sql.qualified(QualifiedName(index.name, table.schema))
            yield Statement(f"ALTER INDEX {in_schema} INACTIVE")

    def _add(self, table: QualifiedName, key: Key | ForeignKey, clause: str) -> Statement:
        """The statement that adds a key; it names the index if that has another name."""
        index = self._indices.get((table, key.index_name))
        is_descending = index is not None and index.is_descending
        using = ""
        is_named = index is not None and not key.index_name.startswith("RDB$")
        if is_named and (is_descending or key.index_name != key.name):
            direction = "DESCENDING " if is_descending else ""
            using = f" USING {direction}INDEX {self._sql.name(key.index_name)}"
        return Statement(
            f"ALTER TABLE {self._sql.qualified(table)} ADD{self._name(key.name)} {clause}{using}"
        )

    def _name(self, name: str) -> str:
        return "" if is_generated_name(name) else f" CONSTRAINT {self._sql.name(name)}"


def _keys(found: TableConstraints) -> list[Key | ForeignKey]:
    primary = [] if found.primary_key is None else [found.primary_key]
    return [*primary, *found.unique_keys, *found.foreign_keys]
