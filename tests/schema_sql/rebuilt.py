"""Runs schema.sql in an empty database of the embedded engine, as isql would."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.schema_sql.script import Script, schema_script
from tests.engine.scripts import statements
from tests.firebird.memory_source import MemorySource

_OF_ISQL = "SET SQL DIALECT"


def reader_of(data: bytes) -> DatabaseReader:
    return open_chunks(MemorySource(data)).reader


def script_of(data: bytes) -> Script:
    """The script of a database or backup; nothing in it may be damaged."""
    log = DamageLog()
    script = schema_script(reader_of(data), log)
    assert not log.count
    return script


def rebuilt(
    engine: ModuleType,
    script: str,
    original: DatabaseReader,
    path: Path,
    refused: Sequence[str] = (),
) -> bytes:
    """A new database in which every statement of the script was run, each in a transaction.

    The engine must refuse the bodies of the procedures in `refused`, and nothing else.
    """
    from firebird.driver import DatabaseError

    page_size = max(original.page_size, 4096)  # the smallest that the engine makes
    charset = original.default_charset
    bodies = tuple(f'ALTER PROCEDURE "{name}"' for name in refused)
    with engine.create(
        path, page_size=page_size, charset=charset, dialect=original.dialect
    ) as connection:
        for statement in statements(script):
            if statement.startswith(bodies):
                with pytest.raises(DatabaseError, match="SUSPEND could not be used"):
                    connection.execute_immediate(statement)
                connection.rollback()
            elif not statement.startswith(_OF_ISQL):
                connection.execute_immediate(statement)
                connection.commit()
    return path.read_bytes()
