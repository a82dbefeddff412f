"""The interface that databases and backups share."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from gdb_export.firebird.catalogue.columns import Table
from gdb_export.firebird.catalogue.reference_system_rows import SystemRow
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.evaluation_budget import EvaluationBudget
from gdb_export.firebird.records.formats import Format
from gdb_export.firebird.records.large_blobs import LargeBlob


class DatabaseReader(Protocol):
    """An open database or backup. Raises only FirebirdError; safe to use from several threads."""

    @property
    def damage(self) -> DamageLog:
        """Damage that concerns the whole file and not a single table."""
        ...

    @property
    def tables(self) -> Sequence[Table]:
        """All user tables, views included, in name order."""
        ...

    @property
    def system_tables(self) -> Sequence[Table] | None:
        """The system tables in name order, virtual ones included; None for a backup, which does
        not hold their rows."""
        ...

    @property
    def ods(self) -> tuple[int, int]:
        """The ODS version, which selects the engine's rules; for a backup, the ODS version of the
        engines that wrote its backup format."""
        ...

    @property
    def format_label(self) -> str:
        """The version to show: "10.1" is an ODS version, "gbak 6" a backup format."""
        ...

    @property
    def page_size(self) -> int: ...

    @property
    def page_count(self) -> int:
        """The file's length in pages."""
        ...

    @property
    def dialect(self) -> int: ...

    @property
    def default_charset(self) -> str:
        """Name of the default character set, "NONE" if there is none."""
        ...

    @property
    def sequences(self) -> Sequence[str]:
        """The names of the user's sequences (generators)."""
        ...

    @property
    def is_interbase(self) -> bool:
        """True for InterBase 7 and newer, whose ids of types and character sets differ."""
        ...

    @property
    def budget(self) -> EvaluationBudget:
        """The work that the expressions of all tables may take."""
        ...

    @property
    def has_wide_arrays(self) -> bool:
        """True if arrays have the descriptors of ODS 10 on 64-bit machines."""
        ...

    def definition_rows(
        self, table: str, wanted: frozenset[str], log: DamageLog
    ) -> Iterator[SystemRow]:
        """The wanted fields of the rows of a system table, all names without RDB$. Fields that the
        version lacks are missing; blobs are values for `definition_blob`. Damage is logged."""
        ...

    def definition_blob(self, value: bytes) -> bytes:
        """The content of a blob in a row of `definition_rows`; raises Damage."""
        ...

    def sequence_value(self, generator: int) -> int | None:
        """The present value of a sequence by its id; None if it can't be read."""
        ...

    def format(self, table: Table, format_number: int) -> Format:
        """The table's format of that number; raises Damage if there is none."""
        ...

    def images(self, table: Table) -> Iterator[tuple[int, Format, bytes]]:
        """Yield format number, format and record image of every row.

        Damaged rows are left out; they are reported where the table itself is exported. May be
        called while another table is being read.
        """
        ...

    def blob(self, blob_id: bytes) -> bytes:
        """The content of the blob with that 8-byte id; raises Damage."""
        ...

    def open_blob(self, blob_id: bytes) -> bytes | LargeBlob:
        """The content, or a LargeBlob if it is too long to be held in memory; raises Damage."""
        ...
