"""Transaction states, from the transaction inventory pages (TIP)."""

from collections.abc import Mapping
from enum import IntEnum

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import require_type


class TransactionState(IntEnum):
    """Two bits per transaction in a TIP. Changes of active transactions are ignored, because the
    file is a copy in which they can no longer commit."""

    ACTIVE = 0
    LIMBO = 1
    DEAD = 2
    COMMITTED = 3


class Transactions:
    """States of transactions by number. Safe to use from several threads.

    `inventory` has the page numbers of the TIPs by sequence, 0 for lost ones; InterBase releases
    TIPs that no transaction needs. Transactions below `committed_below` are committed. Those of a
    lost or damaged TIP count as committed: a surplus row can be seen and removed, a lost row can't
    be restored.
    """

    def __init__(
        self,
        pages: PageFile,
        inventory: Mapping[int, int],
        oldest_interesting: int,
        next_transaction: int,
        log: DamageLog,
    ) -> None:
        if oldest_interesting > next_transaction + 1:
            log.add(
                Damage(
                    f"oldest interesting transaction {oldest_interesting} in the header, but the"
                    f" last one is {next_transaction}",
                    page=0,
                )
            )
            oldest_interesting = 0
        self.committed_below = oldest_interesting
        self.last = next_transaction
        self._pages = pages
        self._inventory = inventory
        self._per_page = ods.transactions_per_page(pages.page_size)
        # one page more than known: a copy of a running database may hold newer transactions
        listed = max(inventory, default=-1) + 1
        known = max(listed, next_transaction // self._per_page + 1)
        self._max_pages = min(known, max(listed, pages.page_count)) + 1
        self._log = log
        self._lost: set[int] = set()

    @classmethod
    def by_header(
        cls, header: Header, pages: PageFile, inventory: Mapping[int, int], log: DamageLog
    ) -> "Transactions":
        """Use the counters of the header; if it has none, allow all transactions of the TIPs, or
        any transaction if all TIPs are lost, too."""
        last = header.next_transaction
        if not last and not header.oldest_interesting:
            count = max(inventory) + 1 if inventory else pages.page_count
            last = count * ods.transactions_per_page(pages.page_size) - 1
        return cls(pages, inventory, header.oldest_interesting, last, log)

    def state(self, transaction: int) -> TransactionState:
        """The state of a transaction; raises Damage for a number that was never assigned."""
        if transaction == 0 or transaction < self.committed_below:
            return TransactionState.COMMITTED
        sequence, index = divmod(transaction, self._per_page)
        page = self._inventory_page(sequence, transaction)
        if page is None:
            return TransactionState.COMMITTED
        if not page:
            return TransactionState.ACTIVE
        return TransactionState(
            page[ods.TIP_BITS + index // ods.TRANSACTIONS_PER_BYTE]
            >> index % ods.TRANSACTIONS_PER_BYTE * 2
            & 3
        )

    def inventory_states(self, transaction: int) -> tuple[int, bytes]:
        """The states on the TIP of a transaction, for compiled code: number of the first one, and
        bytes with two bits each, lowest first; no bytes if the TIP is lost."""
        sequence = transaction // self._per_page
        is_possible = sequence < self._max_pages
        page = self._inventory_page(sequence, transaction) if is_possible else None
        return sequence * self._per_page, (page or b"")[ods.TIP_BITS :]

    def _inventory_page(self, sequence: int, transaction: int) -> bytes | None:
        """The TIP, None if it is lost, b"" if it does not exist since no transaction needs it."""
        if sequence in self._lost:
            return None
        if sequence >= self._max_pages:
            raise Damage(f"the record names transaction {transaction}, which never began")
        page_number = self._inventory.get(sequence, 0)
        if not page_number and transaction > self.last:
            return b""
        try:
            if not page_number:
                raise Damage(f"transaction inventory page {sequence} is missing")
            page = self._pages.page(page_number)
            require_type(page, page_number, ods.PageType.TRANSACTION_INVENTORY)
            return page
        except Damage as damage:
            self._lost.add(sequence)
            first = sequence * self._per_page
            self._log.add(
                Damage(
                    f"{damage.reason}; transactions {first} to {first + self._per_page - 1}"
                    " are treated as committed",
                    damage.page,
                )
            )
            return None
