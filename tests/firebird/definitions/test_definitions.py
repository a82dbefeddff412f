"""The definitions of databases of several engines: keys, indices, texts, sequences, programs."""

from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.definitions import Definitions
from gdb_export.firebird.definitions.objects import Check, ForeignKey, Key
from gdb_export.firebird.opening import open_database
from tests.data.databases import database_bytes
from tests.firebird.definitions.library_catalogue import SCRIPT
from tests.firebird.memory_source import MemorySource

RELATION_CONSTRAINTS = 22  # number of the table RDB$RELATION_CONSTRAINTS

DefinitionsAndTables = tuple[Definitions, dict[str, Table]]


@cache
def definitions_of(name: str) -> DefinitionsAndTables:
    return read(database_bytes(name))


def read(data: bytes) -> DefinitionsAndTables:
    reader = open_chunks(MemorySource(data)).reader
    return Definitions(reader), {table.name: table for table in reader.tables}


@pytest.fixture(scope="module")
def library(engine: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> DefinitionsAndTables:
    path: Path = tmp_path_factory.mktemp("library") / "library.fdb"
    with engine.create(path, charset="UTF8") as connection:
        engine.run_script(connection, SCRIPT)
    return read(path.read_bytes())


def test_keys_have_their_columns_in_order(library: DefinitionsAndTables) -> None:
    definitions, tables = library
    author = definitions.constraints(tables["AUTHOR"])
    assert author.primary_key == Key("AUTHOR_KEY", ("ID",), "AUTHOR_KEY")
    assert author.unique_keys == (Key("AUTHOR_NAME", ("NAME", "CODE"), "AUTHOR_NAME"),)


def test_foreign_keys_have_their_target_and_rules(library: DefinitionsAndTables) -> None:
    definitions, tables = library
    (key,) = definitions.constraints(tables["BOOK"]).foreign_keys
    assert key == ForeignKey(
        name="BOOK_AUTHOR",
        columns=("AUTHOR_ID",),
        table=QualifiedName("AUTHOR"),
        referenced_columns=("ID",),
        update_rule="CASCADE",
        delete_rule="SET NULL",
        index_name="BOOK_AUTHOR",
    )


def test_checks_have_their_source(library: DefinitionsAndTables) -> None:
    definitions, tables = library
    checks = definitions.constraints(tables["BOOK"]).checks
    assert checks == (Check("POSITIVE", "CHECK (PRICE > 0)"),)


def test_indices_have_direction_expression_condition_and_state(
    library: DefinitionsAndTables,
) -> None:
    definitions, tables = library
    by_name = {
        index.name: index
        for table in ("BOOK", "AUTHOR")
        for index in definitions.constraints(tables[table]).indices
    }
    assert by_name["BY_PRICE"].is_descending
    assert by_name["BY_UPPER_NAME"].expression == "(UPPER(NAME))"
    assert by_name["CHEAP"].condition == "WHERE PRICE < 5"
    assert not by_name["CHEAP"].is_active
    assert by_name["AUTHOR_KEY"].is_unique


def test_columns_have_defaults_domains_sources_and_descriptions(
    library: DefinitionsAndTables,
) -> None:
    definitions, tables = library
    book, author = definitions.columns(tables["BOOK"]), definitions.columns(tables["AUTHOR"])
    assert book["PRICE"].default == "DEFAULT 9.90"
    assert book["PRICE"].description == "In reais"
    assert book["DOUBLED"].computed == "(PRICE * 2)"
    assert author["CODE"].domain == "CODE"
    assert author["CODE"].default == "DEFAULT 'none'"
    assert author["ID"].identity == "BY DEFAULT"


def test_tables_views_domains_and_the_database_have_descriptions(
    library: DefinitionsAndTables,
) -> None:
    definitions, tables = library
    assert definitions.database_description == "A library"
    assert definitions.description(tables["BOOK"]) == "Livros e preços"
    (view,) = definitions.views
    assert (view.description, view.source) == (
        "Below five",
        'SELECT "id", PRICE FROM BOOK WHERE PRICE < 5',
    )
    (domain,) = definitions.domains
    assert (domain.description, domain.check) == ("A short code", "CHECK (VALUE <> '')")


def test_programs_exceptions_roles_and_sequences(library: DefinitionsAndTables) -> None:
    definitions, _ = library
    kinds = [(program.kind, program.name.object) for program in definitions.programs]
    assert kinds == [
        ("trigger", "BOOK_NUMBER"),
        ("procedure", "COUNT_BOOKS"),
        ("function", "TWICE"),
    ]
    assert definitions.exceptions[0].message == "Too many @1 books"
    assert [role.name for role in definitions.roles] == ["LIBRARIAN"]
    assert any(grant.user == "LIBRARIAN" for grant in definitions.grants)
    (sequence,) = definitions.sequences
    assert (sequence.name.object, sequence.value, sequence.increment) == ("BOOK_NUMBERS", 95, 5)
    assert not definitions.damage.count


def test_keys_checks_and_sequences_of_firebird_1_5() -> None:
    definitions, tables = definitions_of("fb15/names")
    constraints = definitions.constraints(tables["FK1"])
    assert constraints.primary_key == Key("INTEG_4", ("ID",), "RDB$PRIMARY2")
    assert constraints.foreign_keys[0].table == tables["LOOKUP_"].qualified_name
    assert constraints.checks == (Check("INTEG_6", "check (ID > 0)"),)
    assert [sequence.value for sequence in definitions.sequences] == [12346]


@pytest.mark.parametrize("name", ["fb20", "fb21", "fb25", "fb30", "fb40"])
def test_each_version_has_its_keys_and_domains(name: str) -> None:
    definitions, tables = definitions_of(f"{name}/types")
    assert any(definitions.constraints(table).primary_key for table in tables.values())
    assert definitions.domains
    assert not definitions.damage.count


@pytest.mark.parametrize("name", ["employee_13_2", "employee_16_1", "employee_19_0"])
def test_keys_defaults_and_sequences_of_interbase(name: str) -> None:
    definitions, tables = definitions_of(f"interbase/{name}")
    employee = definitions.constraints(tables["EMPLOYEE"])
    assert employee.primary_key is not None
    assert employee.primary_key.columns == ("EMP_NO",)
    assert [key.table.object for key in employee.foreign_keys] == ["DEPARTMENT", "JOB"]
    assert definitions.columns(tables["EMPLOYEE"])["SALARY"].default == "DEFAULT 0"
    assert {sequence.name.object for sequence in definitions.sequences} >= {"EMP_NO_GEN"}
    assert all(sequence.value for sequence in definitions.sequences)
    # without the triggers of checks, which have no system flag in InterBase
    triggers = [program.name.object for program in definitions.programs if program.table.object]
    assert triggers == ["POST_NEW_ORDER", "SAVE_SALARY_CHANGE", "SET_CUST_NO", "SET_EMP_NO"]


def test_a_damaged_page_costs_only_what_is_on_it() -> None:
    name = "interbase/employee_13_2"
    data, undamaged = database_bytes(name), definitions_of(name)[0]
    database = open_database(MemorySource(data))
    size, damaged = database.page_size, bytearray(data)
    for page_number in filter(None, database.relation_pages(RELATION_CONSTRAINTS)):
        damaged[page_number * size : (page_number + 1) * size] = bytes(size)
    definitions, tables = read(bytes(damaged))
    constraints = definitions.constraints(tables["EMPLOYEE"])
    assert constraints.primary_key is None
    assert constraints.indices == undamaged.constraints(tables["EMPLOYEE"]).indices
    assert definitions.columns(tables["EMPLOYEE"])["SALARY"].default == "DEFAULT 0"
    assert definitions.damage.count


def test_texts_longer_than_the_file_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = open_database(MemorySource(database_bytes("interbase/employee_13_2")))
    size = reader.page_count * reader.page_size
    monkeypatch.setattr(type(reader), "blob", lambda self, value: b"x" * (size // 2))
    definitions = Definitions(reader)
    definitions.read_for_manifest()
    assert [entry.reason for entry in definitions.damage.entries] == [
        "the texts of the catalogue are longer than the file"
    ]
