"""What all makers of a table's lines have in common with the one that they are made by."""

from typing import Protocol

from gdb_export.csv_rows.table_stats import TableStats


class Maker(Protocol):
    """Makes lines of one table, and counts into the account that it has at the moment."""

    account: TableStats

    @property
    def unsupported(self) -> dict[str, str]: ...

    def header(self) -> bytes: ...


class MadeBy:
    """Lines of a table by way of another maker: the account and the header are that one's."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    @property
    def account(self) -> TableStats:
        return self._maker.account

    @account.setter
    def account(self, account: TableStats) -> None:
        self._maker.account = account

    @property
    def unsupported(self) -> dict[str, str]:
        """Computed columns that are not evaluated, with the reason."""
        return self._maker.unsupported

    def header(self) -> bytes:
        """The first line: the names of the columns."""
        return self._maker.header()
