"""The parser of BLR expressions; the parsers of the single verbs are passed in."""

from collections.abc import Callable, Mapping

from gdb_export.firebird.computed.blr import verbs
from gdb_export.firebird.computed.blr.blr_reader import BlrReader
from gdb_export.firebird.computed.blr.nodes import ColumnKey, ColumnTypes, Environment, Node
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor

# Every level takes up to three frames of the interpreter's stack, which holds a thousand
MAX_DEPTH = 250
# A node takes about 300 bytes of memory; the engine's own expressions have at most a few thousand
MAX_NODES = 100_000


class Parser:
    """Parses values and conditions; the verb parsers call it for their operands.

    `fields` lists the columns parsed so far with their BLR context, `contexts` the BLR contexts
    of the subselect that is being parsed, `variables` the types of the variables declared so far.
    `size` is the number of nodes parsed so far.
    """

    def __init__(
        self,
        blr: BlrReader,
        environment: Environment,
        verb_parsers: "Mapping[int, VerbParser]",
    ) -> None:
        self.blr = blr
        self.environment = environment
        self.fields: list[tuple[int, ColumnKey]] = []
        self.contexts: dict[int, ColumnTypes] = {}
        self.variables: dict[int, Descriptor] = {}
        self._verb_parsers = verb_parsers
        self._depth = 0
        self.size = 0
        version = blr.u8()
        if version not in (verbs.VERSION_4, verbs.VERSION_5):
            raise UnsupportedExpression(f"is BLR of the unknown version {version}")
        self.is_dialect_1 = version == verbs.VERSION_4
        self._skip_flags()

    @property
    def columns(self) -> frozenset[ColumnKey]:
        """The columns of the row itself that the expression needs."""
        return frozenset(key for context, key in self.fields if context == 0)

    @property
    def ods(self) -> tuple[int, int]:
        return self.environment.ods

    def _skip_flags(self) -> None:
        """Skips the flags that may follow the version (ODS 14): codes with u16 length and value.
        They name the schemas in which unqualified names are searched."""
        if self.ods < verbs.ODS_WITH_FLAGS or self.blr.peek() != verbs.FLAGS:
            return
        self.blr.u8()
        while self.blr.u8() != verbs.END_OF_LIST:
            self.blr.take(self.blr.u16())

    def value(self) -> Node:
        """Parses the next expression."""
        code = self.blr.u8()
        parse_verb = self._verb_parsers.get(code)
        if parse_verb is None:
            raise UnsupportedExpression(f"uses the unknown verb {code} of BLR")
        self.size += 1
        if self.size > MAX_NODES:
            raise UnsupportedExpression(f"has more than {MAX_NODES} parts")
        self.environment.budget.spend_node()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnsupportedExpression(f"is nested deeper than {MAX_DEPTH} levels")
        node = parse_verb(self, Verb(code))
        self._depth -= 1
        return node

    def values(self, count: int) -> tuple[Node, ...]:
        nodes = []
        for _ in range(count):
            nodes.append(self.value())
        return tuple(nodes)


# Parses the operands of a verb, whose code has been read
VerbParser = Callable[[Parser, Verb], Node]
# Builds the node of a system function from the parser and the nodes of its arguments
FunctionBuilder = Callable[..., Node]
# Minimum and maximum number of arguments, and the builder
SystemFunction = tuple[int, int, FunctionBuilder]
