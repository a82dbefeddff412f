"""Computed columns: the ZIP holds the values that the engine computes, for hundreds of expressions.

`computed_columns/` holds, for each dialect, a table of edge cases and expressions over it, one per
line. Where the engine fails for a value, the exporter writes NULL.
"""

import json
import re
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gdb_export.cli.command_line import main
from tests.engine.cell_writer import CellWriter
from tests.engine.scripts import statements

FOLDER = Path(__file__).parent / "computed_columns"
COLUMNS_PER_TABLE = 60
FIELD = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)[,\n]')


def lines(name: str) -> list[str]:
    """The lines of a file in FOLDER, without comments."""
    text = (FOLDER / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("# ")]


def create(engine: ModuleType, path: Path, dialect: int, expressions: list[str]) -> list[str]:
    """Creates a database with tables T0, T1, … of the edge cases and COLUMNS_PER_TABLE expressions
    each, and returns the tables' names."""
    script = (FOLDER / f"dialect_{dialect}.sql").read_text("utf-8")
    connection = engine.create(path, dialect=dialect)
    engine.run_script(connection, script)
    definition = next(s for s in statements(script) if s.lstrip().startswith("CREATE TABLE"))
    columns = definition[definition.index("(") : definition.rindex(")")]
    tables = []
    for start in range(0, len(expressions), COLUMNS_PER_TABLE):
        computed = [
            f", X{i} COMPUTED BY ({expression})"
            for i, expression in enumerate(expressions[start : start + COLUMNS_PER_TABLE], start)
        ]
        tables.append(f"T{start // COLUMNS_PER_TABLE}")
        connection.execute_immediate(f"CREATE TABLE {tables[-1]} {columns}{''.join(computed)})")
        connection.commit()
        names = ", ".join(re.findall(r"(?:\(|,)\s+(\w+) ", columns))
        connection.execute_immediate(f"INSERT INTO {tables[-1]} ({names}) SELECT * FROM EDGES")
        connection.commit()
    connection.close()
    return tables


def connect(engine: ModuleType, path: Path, dialect: int) -> Any:
    return engine.connect(path, dialect=dialect, charset="NONE")


def rows_of(text: str) -> list[str]:
    """The lines after the header; no value of these tests holds a line break."""
    return [f"{line}\n" for line in text.split("\n")[1:-1]]


def export(path: Path, tmp_path: Path) -> zipfile.ZipFile:
    zipped = tmp_path / "out.zip"
    assert main(["export", str(path), str(zipped)]) == 0
    return zipfile.ZipFile(zipped)


@pytest.mark.parametrize("dialect", [1, 3])
def test_computed_columns_have_the_values_of_the_engine(
    engine: ModuleType, tmp_path: Path, dialect: int
) -> None:
    expressions = lines(f"dialect_{dialect}.txt")
    path = tmp_path / "computed.fdb"
    tables = create(engine, path, dialect, expressions)
    differences = []
    with export(path, tmp_path) as exported, connect(engine, path, dialect) as connection:
        for table in tables:
            text = exported.read(f"{table}.csv").decode("utf-8")
            writer = CellWriter(connection, table)
            for row, line in enumerate(rows_of(text), 1):
                exported_cells = FIELD.findall(line)
                for (name, *_), expected, actual in zip(
                    writer.fields, writer.cells(row), exported_cells, strict=True
                ):
                    if expected != actual:
                        expression = expressions[int(name[1:])] if name[0] == "X" else name
                        differences.append(
                            f"{expression} of row {row}: {actual} instead of {expected}"
                        )
    assert differences == []


def test_an_unsupported_expression_is_null_and_a_warning_names_the_reason(
    engine: ModuleType, tmp_path: Path
) -> None:
    reasons = dict(line.split(" | ") for line in lines("refused.txt"))
    path = tmp_path / "refused.fdb"
    create(engine, path, 3, list(reasons))
    with export(path, tmp_path) as exported:
        manifest = json.loads(exported.read("datapackage.json"))
        text = exported.read("T0.csv").decode("utf-8")
    for line in rows_of(text):
        assert FIELD.findall(line)[-len(reasons) :] == [""] * len(reasons)
    warnings = {warning.split()[0]: warning for warning in manifest["x-warnings"]}
    for i, reason in enumerate(reasons.values()):
        assert warnings[f"T0.X{i}"].endswith(reason)
