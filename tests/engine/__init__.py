"""The real Firebird 5 engine (PyPI `firebird-embedded`), in this process: judge of the reader.

    create(path, page_size=…, dialect=…) -> firebird.driver.Connection
    run_script(connection, sql)             isql's scripts: `;`, SET TERM, COMMIT, ROLLBACK
    export_csvs(path) -> {table: CSV bytes} the rows of SELECT * in the dialect of the exports

Nothing here imports the reader, so that the two can't be wrong together.
"""

from tests.engine.databases import connect, create
from tests.engine.golden_csv import export_csvs
from tests.engine.runtime import EngineMissing, load_engine
from tests.engine.scripts import run_script

__all__ = ["EngineMissing", "connect", "create", "export_csvs", "load_engine", "run_script"]
