"""Creates and opens databases with the embedded engine."""

from pathlib import Path
from typing import Any

from tests.engine.runtime import load_engine


def create(
    path: Path,
    *,
    page_size: int = 8192,
    dialect: int = 3,
    charset: str = "NONE",
    connection_charset: str = "UTF8",
    cache_pages: int | None = None,
) -> Any:
    """A connection to a new, empty database with forced writes off; `path` must not exist."""
    load_engine()
    from firebird.driver import create_database, driver_config

    defaults = driver_config.db_defaults
    defaults.page_size.value = page_size
    defaults.db_sql_dialect.value = dialect
    defaults.sql_dialect.value = dialect
    defaults.db_charset.value = charset
    defaults.forced_writes.value = False
    defaults.db_cache_size.value = cache_pages
    return create_database(str(path), charset=connection_charset)


def connect(path: Path, *, dialect: int = 3, charset: str = "UTF8", **options: Any) -> Any:
    """A connection to an existing database; `options` as for `firebird.driver.connect`."""
    load_engine()
    import firebird.driver

    firebird.driver.driver_config.db_defaults.sql_dialect.value = dialect
    return firebird.driver.connect(str(path), charset=charset, **options)
