"""What a database and a backup have in common: tables, and what it takes to read their rows."""

from collections.abc import Sequence
from typing import Protocol

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.records.formats import Format


class DatabaseReader(Protocol):
    """An open database or backup. Raises FirebirdError and nothing else; safe to use from several
    threads."""

    @property
    def damage(self) -> DamageLog:
        """What was found wrong with it as a whole."""
        ...

    @property
    def tables(self) -> Sequence[Table]:
        """All that are not the system's, in name order; views among them."""
        ...

    @property
    def ods(self) -> tuple[int, int]:
        """The structure whose engine computes its expressions; of a backup, that of its time."""
        ...

    @property
    def format_label(self) -> str:
        """Its version for a person: "10.1" is an ODS, "gbak 6" the format of a backup."""
        ...

    @property
    def page_size(self) -> int: ...

    @property
    def page_count(self) -> int:
        """The file's length in pages of that size."""
        ...

    @property
    def dialect(self) -> int: ...

    @property
    def default_charset(self) -> str:
        """Name of the default character set, "NONE" where there is none."""
        ...

    @property
    def has_wide_arrays(self) -> bool:
        """Do arrays have the descriptors of ODS 10 on 64-bit machines?"""
        ...

    def format(self, table: Table, number: int) -> Format:
        """A format of the table; raises Damage if there is none of that number."""
        ...

    def blob(self, blob_id: bytes) -> bytes:
        """The content of a blob by the 8 bytes of its id; raises Damage."""
        ...
