"""The definitions of tables in the manifest.

Descriptions and keys follow the Data Package standard; checks, indices, defaults and domains are
under `x-` keys.
"""

from collections.abc import Mapping
from typing import Any

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.firebird.definitions.objects import ColumnDefinition, Domain, ForeignKey, Index


class TableDescriber:
    """Adds the definitions of tables to their resources.

    `resources` has the resource name of each exported table. A foreign key to a table that is
    not exported is under `x-foreign-keys`.
    """

    def __init__(self, definitions: Definitions, resources: Mapping[QualifiedName, str]) -> None:
        self._definitions = definitions
        self._resources = resources

    def describe(self, resource: dict[str, Any], table: Table) -> None:
        """Add the definitions of the table; the resource's schema may be shared and is copied."""
        if description := self._definitions.description(table):
            resource["description"] = description
        constraints = self._definitions.constraints(table)
        if constraints.checks:
            resource["x-checks"] = [check._asdict() for check in constraints.checks]
        if constraints.indices:
            resource["x-indices"] = [_index(index) for index in constraints.indices]
        schema = dict(resource["schema"])
        names = {column.name for column in table.columns}
        columns = self._definitions.columns(table)
        schema["fields"] = [_field(field, columns.get(field["name"])) for field in schema["fields"]]
        primary_key = constraints.primary_key
        if primary_key is not None and names.issuperset(primary_key.columns):
            schema["primaryKey"] = list(primary_key.columns)
            resource["x-primary-key-name"] = primary_key.name
        if unique_keys := [key for key in constraints.unique_keys if names.issuperset(key.columns)]:
            schema["uniqueKeys"] = [list(key.columns) for key in unique_keys]
            resource["x-unique-key-names"] = [key.name for key in unique_keys]
        self._add_foreign_keys(resource, schema, table, names)
        resource["schema"] = schema

    def _add_foreign_keys(
        self, resource: dict[str, Any], schema: dict[str, Any], table: Table, names: set[str]
    ) -> None:
        exported_keys, other_keys = [], []
        for key in self._definitions.constraints(table).foreign_keys:
            target = self._resources.get(key.table)
            if target is None or not names.issuperset(key.columns):
                other_keys.append({"table": str(key.table), **_foreign_key(key, str(key.table))})
            else:
                exported_keys.append(_foreign_key(key, target))
        if exported_keys:
            schema["foreignKeys"] = exported_keys
        if other_keys:
            resource["x-foreign-keys"] = other_keys


def package_definitions(definitions: Definitions) -> dict[str, Any]:
    """The definitions that belong to no table."""
    package: dict[str, Any] = {
        "x-domains": [_domain(domain) for domain in definitions.domains],
        "x-sequence-values": {
            str(sequence.name): sequence.value
            for sequence in definitions.sequences
            if sequence.value is not None
        },
    }
    return {key: value for key, value in package.items() if value}


def _field(field: dict[str, Any], definition: ColumnDefinition | None) -> dict[str, Any]:
    if definition is None:
        return field
    added = {
        "description": definition.description,
        "x-domain": definition.domain,
        "x-default": definition.default,
        "x-computed-source": definition.computed,
        "x-identity": definition.identity,
        "x-collation": definition.collation,
    }
    return field | {key: value for key, value in added.items() if value}


def _foreign_key(key: ForeignKey, resource: str) -> dict[str, Any]:
    return {
        "fields": list(key.columns),
        "reference": {"resource": resource, "fields": list(key.referenced_columns)},
        "x-name": key.name,
        "x-on-update": key.update_rule,
        "x-on-delete": key.delete_rule,
    }


def _index(index: Index) -> dict[str, Any]:
    """Name and properties of an index, without those that are empty or false."""
    properties = {
        "fields": list(index.columns),
        "expression": index.expression,
        "condition": index.condition,
        "unique": index.is_unique,
        "descending": index.is_descending,
        "inactive": not index.is_active,
        "description": index.description,
    }
    return {"name": index.name, **{key: value for key, value in properties.items() if value}}


def _domain(domain: Domain) -> dict[str, Any]:
    """Name and properties of a domain, without those that are empty or false."""
    properties = {
        "description": domain.description,
        "default": domain.default,
        "check": domain.check,
        "required": not domain.is_nullable,
    }
    return {"name": str(domain.name), **{key: value for key, value in properties.items() if value}}
