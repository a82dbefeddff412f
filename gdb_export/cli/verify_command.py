"""gdb-export verify: compares the indices of a database with the rows that are read."""

import argparse
import sys

from gdb_export.cli.standard_streams import escaped
from gdb_export.firebird.core.errors import UnsupportedDatabase
from gdb_export.firebird.database import Database
from gdb_export.library.locations import open_source

_EQUAL, _DIFFERENT, _TROUBLE = 0, 1, 2  # exit codes, as those of the program diff


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a database file, or gs://bucket/name")
    parser.set_defaults(run=_verify, failure_code=_TROUBLE)


def _verify(arguments: argparse.Namespace) -> int:
    # imported late: docs/architecture.md
    from gdb_export.chunks.opening import open_chunks
    from gdb_export.firebird.indices.index_check import check_indices

    with open_source(arguments.source, reads_everything=True) as source:
        database = open_chunks(source).reader
        if not isinstance(database, Database):
            raise UnsupportedDatabase("a backup has no indices: verify works with databases")
        tables = rows = indices = differences = unreadable = 0
        for check in check_indices(database):
            tables, rows, indices = tables + 1, rows + check.rows, indices + check.indices
            differences += len(check.differences)
            unreadable += len(check.unreadable)
            for text in check.differences:
                print(escaped(f"{check.table}: {text}"))
            for text in check.notes:
                print(escaped(f"note: {check.table}: {text}"))
            for text in check.unreadable:
                print(escaped(f"warning: {check.table}: not compared: {text}"), file=sys.stderr)
        for text in [*database.damage.notes, *(e.text() for e in database.damage.entries)]:
            print(escaped(f"warning: {text}"), file=sys.stderr)
    result = f"{differences or 'no'} difference{'s' * (differences > 1)}"
    left_out = f", {unreadable} not compared" if unreadable else ""
    print(f"{indices} indices and {rows} rows of {tables} tables: {result}{left_out}")
    return _DIFFERENT if differences or unreadable else _EQUAL
