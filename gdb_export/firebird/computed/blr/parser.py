"""The parser that the readers of single verbs share: operands, names of columns, bounds."""

from collections.abc import Callable, Mapping

from gdb_export.firebird.computed.blr import verbs
from gdb_export.firebird.computed.blr.code import Code
from gdb_export.firebird.computed.blr.nodes import ColumnKey, Context, Node, OtherTable
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor

# Every level takes up to three frames of the interpreter's stack, of which it has a thousand
DEEPEST = 250


class Parser:
    """Reads values and conditions; the readers of the single verbs call it for their operands."""

    def __init__(self, code: Code, context: Context, readers: "Mapping[int, Reader]") -> None:
        self.code = code
        self.context = context
        self.fields: list[tuple[int, ColumnKey]] = []
        self.others: dict[int, OtherTable] = {}
        self.variables: dict[int, Descriptor] = {}
        self._readers = readers
        self._depth = 0
        version = code.u8()
        if version not in (verbs.VERSION_4, verbs.VERSION_5):
            raise UnsupportedExpression(f"is BLR of the unknown version {version}")
        self.is_dialect_1 = version == verbs.VERSION_4

    @property
    def columns(self) -> frozenset[ColumnKey]:
        """The columns of the row itself that the expression needs."""
        return frozenset(key for context, key in self.fields if context == 0)

    @property
    def ods(self) -> tuple[int, int]:
        return self.context.ods

    def value(self) -> Node:
        """The next expression."""
        number = self.code.u8()
        reader = self._readers.get(number)
        if reader is None:
            raise UnsupportedExpression(f"uses the unknown verb {number} of BLR")
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnsupportedExpression(f"is nested deeper than {DEEPEST} levels")
        node = reader(self, Verb(number))
        self._depth -= 1
        return node

    def values(self, count: int) -> tuple[Node, ...]:
        nodes = []
        for _ in range(count):
            nodes.append(self.value())
        return tuple(nodes)


Reader = Callable[[Parser, Verb], Node]
