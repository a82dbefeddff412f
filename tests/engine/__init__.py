"""The Firebird 5 engine (PyPI `firebird-embedded`) in this process: the reference for the reader.

    create(path, page_size=…, dialect=…) -> firebird.driver.Connection
    run_script(connection, sql)             runs a script of isql: `;`, SET TERM, COMMIT, ROLLBACK
    export_csvs(path) -> {table: CSV bytes} the rows of SELECT * in the CSV dialect of the exports

The modules of these functions do not import the reader, so that they do not repeat its errors.
"""

from tests.engine.databases import connect, create
from tests.engine.golden_csv import export_csvs
from tests.engine.runtime import EngineMissing, load_engine
from tests.engine.scripts import run_script

__all__ = ["EngineMissing", "connect", "create", "export_csvs", "load_engine", "run_script"]
