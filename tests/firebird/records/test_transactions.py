"""Transaction states: two bits each; lost pages count as committed."""

from struct import pack

import pytest

from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.pages.header import parse_header
from gdb_export.firebird.pages.page_file import PageFile
from gdb_export.firebird.records.transactions import Transactions, TransactionState
from tests.firebird.database_builder import DatabaseBuilder
from tests.firebird.memory_source import MemorySource

ACTIVE, LIMBO, DEAD, COMMITTED = TransactionState
TRANSACTIONS_PER_PAGE = 4016  # on a page of 1024 bytes


def transactions(
    states: list[int],
    oldest: int = 1,
    last: int | None = None,
    inventory: dict[int, int] | None = None,
    tip: bytes | None = None,
) -> tuple[Transactions, DamageLog]:
    """The transactions of a file with these states by number, and the log. `tip` replaces the
    inventory page, `inventory` the page numbers by sequence."""
    builder = DatabaseBuilder((10, 1), 1024, transactions=states)
    data = builder.build()
    if tip is not None:
        data = data[:2048] + tip.ljust(1024, b"\0") + data[3072:]
    log = DamageLog()
    pages = PageFile(MemorySource(data), parse_header(data), log)
    last = len(states) - 1 if last is None else last
    return Transactions(pages, {0: 2} if inventory is None else inventory, oldest, last, log), log


def test_states_are_two_bits_each_lowest_first() -> None:
    states, log = transactions([COMMITTED, DEAD, ACTIVE, LIMBO, COMMITTED, DEAD])
    assert [states.state(number) for number in range(1, 6)] == [
        DEAD,
        ACTIVE,
        LIMBO,
        COMMITTED,
        DEAD,
    ]
    assert log.count == 0


def test_transaction_0_and_all_below_the_oldest_interesting_one_are_committed() -> None:
    states, _ = transactions([DEAD] * 6, oldest=4)
    assert [states.state(number) for number in range(6)] == [COMMITTED] * 4 + [DEAD] * 2


def test_transactions_after_the_last_one_are_active() -> None:
    states, log = transactions([COMMITTED] * 4)
    assert states.state(5) is ACTIVE
    assert states.state(TRANSACTIONS_PER_PAGE + 1) is ACTIVE
    assert log.count == 0


def test_a_transaction_beyond_all_inventory_pages_is_damage() -> None:
    states, log = transactions([COMMITTED] * 4)
    with pytest.raises(Damage, match="transaction 281474976710655, which never began"):
        states.state((1 << 48) - 1)
    assert log.count == 0


@pytest.mark.parametrize("inventory", [{}, {0: 0}, {0: 77}, {0: 4_000_000_000}, {0: -1}, {0: 3}])
def test_transactions_of_a_lost_page_count_as_committed_and_are_reported_once(
    inventory: dict[int, int],
) -> None:
    states, log = transactions([DEAD] * 6, inventory=inventory)
    assert [states.state(number) for number in (3, 4, 5)] == [COMMITTED] * 3
    assert log.count == 1
    assert log.entries[0].reason.endswith("transactions 0 to 4015 are treated as committed")


def test_a_page_of_another_type_is_lost() -> None:
    states, log = transactions([DEAD] * 6, tip=b"\x05")
    assert states.state(3) is COMMITTED
    assert "found data page" in log.entries[0].reason


def test_an_oldest_interesting_transaction_after_the_last_one_is_ignored() -> None:
    states, log = transactions([DEAD] * 6, oldest=1000)
    assert states.committed_below == 0
    assert states.state(3) is DEAD
    assert log.entries[0].page == 0


def test_compiled_code_gets_the_states_of_a_whole_page() -> None:
    states, _ = transactions([COMMITTED, DEAD, LIMBO])
    first, bits = states.inventory_states(2)
    assert (first, len(bits)) == (0, TRANSACTIONS_PER_PAGE // 4)
    assert bits[:1] == pack("<B", COMMITTED | DEAD << 2 | LIMBO << 4)
    lost, _ = transactions([COMMITTED], inventory={}, last=TRANSACTIONS_PER_PAGE)
    assert lost.inventory_states(2) == (0, b"")
