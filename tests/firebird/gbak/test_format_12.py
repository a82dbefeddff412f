"""Backups of format 12, which Firebird 6 writes: schemas, packages, and reading after damage."""

from gdb_export.firebird.gbak.stream.record_types import RecordType
from tests.export.in_memory import export_in_memory
from tests.firebird.gbak.backup_builder import backup, field, number, record, row, text

NOTE = "the structure of Firebird 6 may still change; checked against build 2123"
LONG = 8
SCHEMA, PACKAGE, DOMAIN_SCHEMA = 21, 22, 48
END = bytes([RecordType.RELATION_END])
Name = tuple[str, str, str]  # schema, package, table


def name_attributes(name: Name) -> list[tuple[int, bytes]]:
    schema, package, table = name
    of_package = [(PACKAGE, text(package))] if package else []
    return [(SCHEMA, text(schema)), *of_package, (1, text(table))]


def relation(name: Name, *attributes: tuple[int, bytes]) -> bytes:
    column = field("ID", LONG, 4, 0, (DOMAIN_SCHEMA, text(name[0])))
    return record(RecordType.RELATION, *name_attributes(name), *attributes) + column + END


def rows(name: Name, values: range) -> bytes:
    head = record(RecordType.RELATION_DATA, *name_attributes(name))
    items = [row(value.to_bytes(4, "big") + bytes(4)) for value in values]
    return head + b"".join(items) + END


ITEM, SALES_ITEM = ("PUBLIC", "", "ITEM"), ("SALES", "", "ITEM")
TEMPORARY = ("PUBLIC", "PKG", "ITEM")


def test_tables_are_found_by_schema_package_and_name() -> None:
    names = ITEM, SALES_ITEM, TEMPORARY
    schema = record(RecordType.SCHEMA, (1, text("SALES")), (7, number(3) + b"abc"))
    constant = record(RecordType.CONSTANT, (1, text("C")), (6, number(2) + b"\x05L"))
    data = backup(
        schema,
        *map(relation, names),
        constant,
        rows(ITEM, range(1)),
        rows(SALES_ITEM, range(3)),
        rows(TEMPORARY, range(0)),
        format=12,
    )
    result = export_in_memory(data)
    assert result.rows == {"ITEM": ["0"], "SALES.ITEM": ["0", "1", "2"], "PKG.ITEM": []}
    assert result.warnings == (NOTE,)
    assert [resource.get("x-temporary", False) for resource in result.resources] == [
        False,
        True,
        False,
    ]
    assert result.resources[1]["x-package"] == "PKG"


def test_the_domain_is_that_of_the_columns_schema() -> None:
    """Both schemas have a domain RDB$1; only that of SALES is NOT NULL."""
    not_null = record(
        RecordType.DOMAIN, (DOMAIN_SCHEMA, text("SALES")), (1, text("RDB$1")), (38, number(1))
    )
    plain = record(RecordType.DOMAIN, (DOMAIN_SCHEMA, text("PUBLIC")), (1, text("RDB$1")))
    data = backup(
        plain,
        not_null,
        relation(ITEM),
        relation(SALES_ITEM),
        rows(ITEM, range(1)),
        rows(SALES_ITEM, range(1)),
        format=12,
    )
    fields = [resource["schema"]["fields"][0] for resource in export_in_memory(data).resources]
    assert ["constraints" in column for column in fields] == [False, True]


def test_names_with_dots_do_not_collide() -> None:
    names = ("A", "", "B"), ("PUBLIC", "", "A.B")
    described = b"".join(map(relation, names))
    data = backup(described, rows(names[0], range(1)), rows(names[1], range(2)), format=12)
    assert export_in_memory(data).rows == {"A.B": ["0", "1"], "%22A%22.%22B%22": ["0"]}


def test_damage_costs_only_its_table_or_row() -> None:
    # record types that do not exist: of a field, and of the first row
    broken = relation(SALES_ITEM).replace(bytes([RecordType.FIELD, 1]), b"\x63\x01", 1)
    last = ("PUBLIC", "", "LAST")
    data = backup(
        relation(ITEM),
        broken,
        relation(last),
        rows(ITEM, range(2)).replace(b"\x06\x01\x04", b"\xc8\x01\x04", 1),
        rows(SALES_ITEM, range(2)),
        rows(last, range(3)),
        format=12,
    )
    result = export_in_memory(data)
    assert result.rows == {"ITEM": ["1"], "LAST": ["0", "1", "2"]}
    assert "the description of the table SALES.ITEM is damaged" in " ".join(result.reasons)
