"""States of transactions, from the transaction inventory pages (TIP)."""

from enum import IntEnum

from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import Header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.pages.page_views import require_type


class TransactionState(IntEnum):
    """Two bits a transaction. Nobody works on a copy: what is active there never happened."""

    ACTIVE = 0
    LIMBO = 1
    DEAD = 2
    COMMITTED = 3


class Transactions:
    """Which transactions committed. Safe to use from several threads.

    All below `committed_below` did. Those of a lost or damaged TIP count as committed: showing
    a row too many can be seen and mended, losing all of them can't.
    """

    def __init__(
        self,
        pages: PageFile,
        inventory: list[int],
        oldest_interesting: int,
        next_transaction: int,
        damage: DamageLog,
    ) -> None:
        if oldest_interesting > next_transaction + 1:
            damage.add(
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
        # transactions just beyond the last known one are met in copies of a database at work
        known = max(len(inventory), next_transaction // self._per_page + 1)
        self._max_pages = min(known, pages.page_count) + 1
        self._damage = damage
        self._lost: set[int] = set()

    @classmethod
    def by_header(
        cls, header: Header, pages: PageFile, inventory: list[int], damage: DamageLog
    ) -> "Transactions":
        """With the header's counters; where it has none, all that the TIPs tell of may be met."""
        last = header.next_transaction
        if not last and not header.oldest_interesting and inventory:
            last = len(inventory) * ods.transactions_per_page(pages.page_size) - 1
        return cls(pages, inventory, header.oldest_interesting, last, damage)

    def state(self, transaction: int) -> TransactionState:
        """Raises Damage for a transaction that can never have begun."""
        if transaction == 0 or transaction < self.committed_below:
            return TransactionState.COMMITTED
        sequence, place = divmod(transaction, self._per_page)
        page = self._inventory_page(sequence, transaction)
        if page is None:
            return TransactionState.COMMITTED
        if not page:
            return TransactionState.ACTIVE
        return TransactionState(
            page[ods.TIP_BITS + place // ods.TRANSACTIONS_PER_BYTE]
            >> place % ods.TRANSACTIONS_PER_BYTE * 2
            & 3
        )

    def inventory_states(self, transaction: int) -> tuple[int, bytes]:
        """The inventory page that tells of a transaction: the first that it tells of, and two
        bits each from the lowest on; no bits where it is lost."""
        sequence = transaction // self._per_page
        is_possible = sequence < self._max_pages
        page = self._inventory_page(sequence, transaction) if is_possible else None
        return sequence * self._per_page, (page or b"")[ods.TIP_BITS :]

    def _inventory_page(self, sequence: int, transaction: int) -> bytes | None:
        """The TIP, b"" where no transaction ever was, None where it is lost."""
        if sequence in self._lost:
            return None
        if sequence >= self._max_pages:
            raise Damage(f"bears transaction {transaction}, which never began")
        number = self._inventory[sequence] if sequence < len(self._inventory) else 0
        if not number and transaction > self.last:
            return b""
        try:
            if not number:
                raise Damage(f"transaction inventory page {sequence} is missing")
            page = self._pages.page(number)
            require_type(page, number, ods.PageType.TRANSACTION_INVENTORY)
            return page
        except Damage as damage:
            self._lost.add(sequence)
            first = sequence * self._per_page
            self._damage.add(
                Damage(
                    f"{damage.reason}; transactions {first} to {first + self._per_page - 1}"
                    " are treated as committed",
                    damage.page,
                )
            )
            return None
