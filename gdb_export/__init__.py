"""Reads Firebird databases and gbak backups without a Firebird engine.

>>> import gdb_export
>>> with gdb_export.open(EXAMPLE) as db:
...     for row in db.tables["T_DOM"]:
...         print(row)
...         break
(0, 'SP', Decimal('0.00'), 'padrao', 42)

`open` and the names below are the public interface. Everything else may change. Importing the
package loads nothing heavy: each name loads its module when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gdb_export.export.strictness import DamageRefused
    from gdb_export.firebird.core.errors import (
        EncryptedDatabase,
        FirebirdError,
        NotADatabase,
        UnreadableDatabase,
        UnsupportedDatabase,
    )
    from gdb_export.library.checked_export import Exported
    from gdb_export.library.database import Database, open
    from gdb_export.library.locations import ArrowExtraMissing
    from gdb_export.library.table import Column, Table
    from gdb_export.options import BadOption
    from gdb_export.progress import Cancelled, Snapshot
    from gdb_export.version import VERSION as __version__

__all__ = [
    "ArrowExtraMissing",
    "BadOption",
    "Cancelled",
    "Column",
    "DamageRefused",
    "Database",
    "EncryptedDatabase",
    "Exported",
    "FirebirdError",
    "NotADatabase",
    "Snapshot",
    "Table",
    "UnreadableDatabase",
    "UnsupportedDatabase",
    "__version__",
    "open",
]

_MODULES = {
    "gdb_export.export.strictness": ("DamageRefused",),
    "gdb_export.firebird.core.errors": (
        "EncryptedDatabase",
        "FirebirdError",
        "NotADatabase",
        "UnreadableDatabase",
        "UnsupportedDatabase",
    ),
    "gdb_export.library.checked_export": ("Exported",),
    "gdb_export.library.database": ("Database", "open"),
    "gdb_export.library.locations": ("ArrowExtraMissing",),
    "gdb_export.library.table": ("Column", "Table"),
    "gdb_export.options": ("BadOption",),
    "gdb_export.progress": ("Cancelled", "Snapshot"),
    "gdb_export.version": ("__version__",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name with its module when it is first used."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(_MODULE_OF[name])
    value: object = getattr(module, "VERSION" if name == "__version__" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
