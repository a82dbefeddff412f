"""The script: all statements in an order in which isql can run them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import TableKind
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.boundary import translate_unexpected
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.schema_sql.catalogue import SchemaCatalogue
from gdb_export.schema_sql.columns import Columns
from gdb_export.schema_sql.comments import create_comments
from gdb_export.schema_sql.constraints import Constraints
from gdb_export.schema_sql.grants import create_grants, name_owners
from gdb_export.schema_sql.legacy_functions import declare_filters, declare_functions
from gdb_export.schema_sql.other_objects import (
    alter_database,
    create_collations,
    create_exceptions,
    create_roles,
    create_schemas,
)
from gdb_export.schema_sql.relations import read_tables
from gdb_export.schema_sql.routines import Routines
from gdb_export.schema_sql.sequences import create_sequences
from gdb_export.schema_sql.statements import Kind, Statement, is_closed, left_out
from gdb_export.schema_sql.tables import Domains, create_tables
from gdb_export.schema_sql.views_and_triggers import (
    activate_triggers,
    create_triggers,
    create_views,
)

_SHOWN = 60  # characters of a statement that a comment shows
_TERMINATORS = ("^", "!!", "@@", "^^^", "!@!")


class Script(NamedTuple):
    """The text of a script, and its comments: what it can't create as it was."""

    text: str
    notes: tuple[str, ...]


@translate_unexpected
def schema_script(reader: DatabaseReader, log: DamageLog) -> Script:
    """The data definition of a database as a script. `log` gets what can't be read."""
    statements = [_closed(statement) for statement in _statements(SchemaCatalogue(reader, log))]
    notes = tuple(statement.text for statement in statements if statement.kind is Kind.NOTE)
    return Script(_header(reader) + written(statements), notes)


def _closed(statement: Statement) -> Statement:
    """The statement, or a comment in its place if it would change what follows it."""
    if statement.kind is Kind.NOTE or is_closed(statement.text):
        return statement
    return left_out(f"{statement.text[:_SHOWN]} …: a literal, name or comment in it has no end")


def _header(reader: DatabaseReader) -> str:
    """How to run the script, as a comment, and SET SQL DIALECT. The script names no database."""
    charset = re.sub(r"\W", "_", reader.default_charset)  # the comment must not end here
    # isql gives a new database the dialect that is set
    dialect = "SET SQL DIALECT 1; " if reader.dialect == 1 else ""
    return (
        "/* Definitions of a database, without its rows. Create an empty database and run this\n"
        "   file in it:  isql -ch UTF8 -i schema.sql NEW.FDB\n"
        f"   {dialect}CREATE DATABASE 'NEW.FDB' PAGE_SIZE {reader.page_size}"
        f" DEFAULT CHARACTER SET {charset};\n"
        "   The user who runs it owns the objects. */\n\n"
        f"SET SQL DIALECT {reader.dialect};\n"
    )


def _statements(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """All statements; an object follows the objects that it uses."""
    relations = read_tables(catalogue)
    tables = [table for table in relations if table.kind is not TableKind.VIEW]
    views = [table for table in relations if table.kind is TableKind.VIEW]
    domains, routines = Domains(catalogue), Routines(catalogue)
    columns, constraints = Columns(catalogue, tables), Constraints(catalogue, tables)
    yield from alter_database(catalogue)
    yield from create_schemas(catalogue)
    yield from declare_filters(catalogue)
    yield from create_collations(catalogue)
    yield from create_sequences(catalogue)
    yield from create_exceptions(catalogue)
    yield from create_roles(catalogue)
    yield from declare_functions(catalogue)
    yield from domains.create()
    yield from create_tables(catalogue, tables, columns)
    yield from constraints.create_keys()
    yield from constraints.create_foreign_keys()
    yield from routines.create_headers()
    yield from create_views(catalogue, views)
    yield from routines.create_bodies()
    yield from domains.late_checks()
    yield from columns.late_expressions()
    yield from constraints.create_checks()
    yield from constraints.create_indices()
    yield from create_triggers(catalogue)
    yield from columns.restart_identities()
    yield from name_owners(relations)
    yield from create_grants(catalogue)
    yield from create_comments(catalogue, relations)
    yield from activate_triggers(catalogue)


def written(statements: Sequence[Statement]) -> str:
    """The statements with their terminators; those that contain `;` are between two SET TERM."""
    terminator = _terminator([statement.text for statement in statements])
    return "".join(_sections(statements, terminator))


def _terminator(texts: Sequence[str]) -> str:
    """A terminator that no statement contains."""
    for terminator in _TERMINATORS:
        if not any(terminator in text for text in texts):
            return terminator
    runs = (run for text in texts for run in re.findall(r"\^+", text))
    return "^" * (1 + max(map(len, runs), default=0))


def _sections(statements: Iterable[Statement], terminator: str) -> Iterator[str]:
    in_block = False
    for statement in statements:
        text = statement.text
        if statement.kind is Kind.NOTE:
            yield f"\n-- {' '.join(text.split())}\n"
            continue
        if (statement.kind is Kind.PSQL or ";" in text) is not in_block:
            in_block = not in_block
            yield f"\nSET TERM {terminator} ;\n" if in_block else f"\nSET TERM ; {terminator}\n"
        end = terminator if in_block else ";"
        # a line comment at the end of a source must not contain the terminator
        separator = "\n" if in_block or "--" in text.rpartition("\n")[2] else ""
        yield f"\n{text}{separator}{end}\n"
    if in_block:
        yield f"\nSET TERM ; {terminator}\n"
