"""The statements for a target, from the manifest of an export."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gdb_export.ddl import bigquery, duckdb, firebird, postgres
from gdb_export.ddl.sql import NotLoadable
from gdb_export.ddl.tables import NameRules, TargetTable, target_tables


class Target(NamedTuple):
    """The rules of a target for names, and the function that writes its statements."""

    rules: NameRules
    statements: Callable[[Sequence[TargetTable], bool], Iterator[str]]


TARGETS = {
    "postgres": Target(postgres.RULES, postgres.statements),
    "duckdb": Target(duckdb.RULES, duckdb.statements),
    "bigquery": Target(bigquery.RULES, bigquery.statements),
    "firebird": Target(firebird.RULES, firebird.statements),
}


def statements(
    package: Mapping[str, Any], target: str, load: bool, report: Callable[[str], None]
) -> Iterator[str]:
    """The statements that create the tables of `package`, and with `load` fill them.

    Changed names are reported. Raises NotLoadable if the target can't load the files.
    """
    if load and any("dialect" in resource for resource in package["resources"]):
        raise NotLoadable("CSVs in the dialect of Excel are for Excel: export without --dialect")
    rules, write = TARGETS[target]
    tables = [table for table in target_tables(package, rules, report) if table.columns]
    return write(tables, load)
