"""Computed columns: the ZIP holds what the engine computes, for some hundred expressions.

`computed_columns/` holds a table of edge cases and expressions over it for each dialect, one a
line. Where the engine fails on a value, the exporter writes NULL.
"""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gdb_export.cli.command_line import main
from tests.engine.golden_csv import TableWriter
from tests.engine.raw_rows import select
from tests.engine.scripts import statements

FOLDER = Path(__file__).parent / "computed_columns"
COLUMNS_PER_TABLE = 60
FIELD = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)[,\n]')


def lines(name: str) -> list[str]:
    text = (FOLDER / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("# ")]


def create(engine: ModuleType, path: Path, dialect: int, expressions: list[str]) -> list[str]:
    """A database with tables T0, T1, … of the rows and so many expressions each; their names."""
    script = (FOLDER / f"dialect_{dialect}.sql").read_text("utf-8")
    connection = engine.create(path, dialect=dialect)
    engine.run_script(connection, script)
    rows = next(one for one in statements(script) if one.lstrip().startswith("CREATE TABLE"))
    columns = rows[rows.index("(") : rows.rindex(")")]
    tables = []
    for start in range(0, len(expressions), COLUMNS_PER_TABLE):
        some = expressions[start : start + COLUMNS_PER_TABLE]
        computed = [f", X{start + i} COMPUTED BY ({one})" for i, one in enumerate(some)]
        tables.append(f"T{start // COLUMNS_PER_TABLE}")
        connection.execute_immediate(f"CREATE TABLE {tables[-1]} {columns}{''.join(computed)})")
        connection.commit()
        names = ", ".join(re.findall(r"(?:\(|,)\s+(\w+) ", columns))
        connection.execute_immediate(f"INSERT INTO {tables[-1]} ({names}) SELECT * FROM EDGES")
        connection.commit()
    connection.close()
    return tables


class CellWriter(TableWriter):
    """One cell at a time, since a value that fails would end the whole query."""

    def cells(self, row: int) -> Iterator[str]:
        for at in range(len(self.fields)):
            yield self.cell(at, f"{self.cell_query(at)} WHERE ID = {row}")

    def cell(self, at: int, query: str) -> str:
        from firebird.driver import DatabaseError

        try:
            columns, rows = select(self.connection, query)
            (values,) = list(rows)
            return self.field(at, columns[0], values[0])
        except DatabaseError:
            return ""

    def cell_query(self, at: int) -> str:
        fields, self.fields = self.fields, self.fields[at : at + 1]
        query = self.query()
        self.fields = fields
        # Dialect 1 has no quoted identifiers
        return query if self.connection.sql_dialect == 3 else query.replace('"', "")


def connect(engine: ModuleType, path: Path, dialect: int) -> Any:
    return engine.connect(path, dialect=dialect, charset="NONE")


def rows_of(text: str) -> list[str]:
    """The lines behind the header; no value here holds a line break."""
    return [f"{line}\n" for line in text.split("\n")[1:-1]]


def export(path: Path, tmp_path: Path) -> zipfile.ZipFile:
    zipped = tmp_path / "out.zip"
    assert main(["export", str(path), str(zipped)]) == 0
    return zipfile.ZipFile(zipped)


@pytest.mark.parametrize("dialect", [1, 3])
def test_computed_columns_are_what_the_engine_computes(
    engine: ModuleType, tmp_path: Path, dialect: int
) -> None:
    expressions = lines(f"dialect_{dialect}.txt")
    path = tmp_path / "computed.fdb"
    tables = create(engine, path, dialect, expressions)
    wrong = []
    with export(path, tmp_path) as exported, connect(engine, path, dialect) as connection:
        for table in tables:
            text = exported.read(f"{table}.csv").decode("utf-8")
            writer = CellWriter(connection, table)
            for row, line in enumerate(rows_of(text), 1):
                got = FIELD.findall(line)
                for (name, *_), want, cell in zip(
                    writer.fields, writer.cells(row), got, strict=True
                ):
                    if want != cell:
                        expression = expressions[int(name[1:])] if name[0] == "X" else name
                        wrong.append(f"{expression} of row {row}: {want} is not {cell}")
    assert wrong == []


def test_what_is_not_evaluated_is_null_and_named_with_its_reason(
    engine: ModuleType, tmp_path: Path
) -> None:
    unsupported_verbs = dict(line.split(" | ") for line in lines("refused.txt"))
    path = tmp_path / "refused.fdb"
    create(engine, path, 3, list(unsupported_verbs))
    with export(path, tmp_path) as exported:
        manifest = json.loads(exported.read("datapackage.json"))
        text = exported.read("T0.csv").decode("utf-8")
    for line in rows_of(text):
        assert FIELD.findall(line)[-len(unsupported_verbs) :] == [""] * len(unsupported_verbs)
    warnings = json.dumps(manifest)
    for number, reason in enumerate(unsupported_verbs.values()):
        assert f"T0.X{number}" in warnings
        assert json.dumps(reason)[1:-1] in warnings
