"""Random scenarios: inserts, updates, rollbacks and changes of columns in a new database."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.differential.column_types import ColumnType, Value, column_types

PAGE_SIZES = (4096, 8192, 16384, 32768)
FORMULAS = ("ID * 2", "ID / 3", "'<' || ID || '>'", "COALESCE(ID, 0) + 1", "ID - 0.5", "-ID")


@dataclass(frozen=True)
class Step:
    """One statement, or COMMIT, ROLLBACK or PREPARE, in the transaction `main` or `other`."""

    sql: str
    parameters: tuple[Any, ...] = ()
    transaction: str = "main"


@dataclass(frozen=True)
class Scenario:
    """Steps that are run in a new database.

    `holds_snapshot`: an older transaction stays open, so that all back versions are kept.
    `is_copied_open`: the file is copied after the last step, while both transactions are open.
    """

    page_size: int
    dialect: int
    holds_snapshot: bool
    is_copied_open: bool
    steps: tuple[Step, ...]


@dataclass
class TableState:
    """The state of a table while its scenario is drawn; `required` are its NOT NULL columns."""

    name: str
    columns: dict[str, ColumnType] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    names_used: int = 0

    def values(self, name: str) -> st.SearchStrategy[Value]:
        type_ = self.columns[name]
        return type_.values if name in self.required else type_.values_or_null

    def new_name(self) -> str:
        self.names_used += 1
        return f"C{self.names_used}"


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    dialect = draw(st.sampled_from((3, 3, 3, 1)))
    steps: list[Step] = []
    for index in range(draw(st.integers(1, 2))):
        table = TableState(f"T{index}")
        steps.append(_create(draw, table, dialect))
        steps += [Step("COMMIT"), _insert(draw, table, "main")]
        for _ in range(draw(st.integers(1, 9))):
            steps += _action(draw, table, dialect)
    if draw(st.integers(0, 3)) == 0:
        steps.append(Step("PREPARE", (), "other"))
    return Scenario(
        page_size=draw(st.sampled_from(PAGE_SIZES)),
        dialect=dialect,
        holds_snapshot=draw(st.booleans()),
        is_copied_open=draw(st.booleans()),
        steps=tuple(steps),
    )


def _create(draw: st.DrawFn, table: TableState, dialect: int) -> Step:
    columns = [
        _new_column(draw, table, dialect)
        for _ in range(draw(st.sampled_from((0, 1, 2, 3, 5, 8, 40))))
    ]
    if draw(st.booleans()):
        columns.append(f"F COMPUTED BY ({draw(st.sampled_from(FORMULAS))})")
    return Step(f"CREATE TABLE {table.name} ({', '.join(['ID INTEGER', *columns])})")


def _new_column(draw: st.DrawFn, table: TableState, dialect: int) -> str:
    name, type_ = table.new_name(), draw(column_types(dialect))
    table.columns[name] = type_
    default = ""
    if type_.can_default and draw(st.booleans()):
        default = f" DEFAULT {_constant(draw(type_.values))}"
        if draw(st.booleans()):
            default += " NOT NULL"
            table.required.add(name)
    return f"{name} {type_.sql}{default}"


def _constant(value: Value) -> str:
    """The value as DEFAULT takes it: the literal 'x' of CAST('x' AS type)."""
    if value.sql.startswith("CAST("):
        return value.sql.removeprefix("CAST(").partition(" AS ")[0]
    return value.sql


def _action(draw: st.DrawFn, table: TableState, dialect: int) -> list[Step]:
    transaction = draw(st.sampled_from(("main", "main", "other")))
    kind = draw(st.sampled_from(("insert", "grow", "update", "update", "delete", "end", "alter")))
    if kind == "insert":
        return [_insert(draw, table, transaction)]
    if kind == "grow":
        names = ", ".join(["ID", *table.columns])
        copied = ", ".join(["ID + 100", *table.columns])
        sql = f"INSERT INTO {table.name} ({names}) SELECT {copied} FROM {table.name} ROWS 300"
        return [Step(sql, (), transaction)] * draw(st.integers(1, 4))
    if kind == "update" and table.columns:
        name = draw(st.sampled_from(sorted(table.columns)))
        value = draw(table.values(name))
        sql = f"UPDATE {table.name} SET {name} = {value.sql} WHERE {_some_rows(draw)}"
        return [Step(sql, value.parameters, transaction)]
    if kind == "delete":
        return [Step(f"DELETE FROM {table.name} WHERE {_some_rows(draw)}", (), transaction)]
    if kind == "alter":
        return [Step("COMMIT"), Step("COMMIT", (), "other"), _alter(draw, table, dialect),
                Step("COMMIT"), _insert(draw, table, "main")]  # fmt: skip
    return [Step(draw(st.sampled_from(("COMMIT", "ROLLBACK"))), (), transaction)]


def _some_rows(draw: st.DrawFn) -> str:
    """A condition that some or all of the rows fulfil."""
    parts = draw(st.integers(1, 4))
    return f"MOD(ID, {parts}) = {draw(st.integers(0, parts - 1))}"


def _insert(draw: st.DrawFn, table: TableState, transaction: str) -> Step:
    values = [draw(table.values(name)) for name in table.columns]
    names = ", ".join(["ID", *table.columns])
    row = ", ".join([str(draw(st.integers(-9, 99))), *(value.sql for value in values)])
    parameters = tuple(parameter for value in values for parameter in value.parameters)
    return Step(f"INSERT INTO {table.name} ({names}) VALUES ({row})", parameters, transaction)


def _alter(draw: st.DrawFn, table: TableState, dialect: int) -> Step:
    kind = draw(st.sampled_from(("add", "add", "drop", "type", "move", "rename")))
    names = sorted(table.columns)
    if kind == "add" or not names:
        return Step(f"ALTER TABLE {table.name} ADD {_new_column(draw, table, dialect)}")
    name = draw(st.sampled_from(names))
    if kind == "drop":
        del table.columns[name]
        return Step(f"ALTER TABLE {table.name} DROP {name}")
    if kind == "rename":
        new_name = table.new_name()
        table.columns[new_name] = table.columns.pop(name)
        if name in table.required:
            table.required.add(new_name)
        return Step(f"ALTER TABLE {table.name} ALTER {name} TO {new_name}")
    if kind == "move":
        position = draw(st.integers(1, len(names) + 1))
        return Step(f"ALTER TABLE {table.name} ALTER {name} POSITION {position}")
    new_type = draw(column_types(dialect))
    return Step(f"ALTER TABLE {table.name} ALTER {name} TYPE {new_type.sql}")
