"""Nodes that are NULL where any operand is, as nearly all of the engine's are."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import Node, Scope
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.value_types import Value


def null_propagating(
    result: Descriptor, function: Callable[..., Value | None], *operands: Node
) -> Node:
    """A node of type `result`: the function of the operands' values, all of which are run."""
    runs = [operand.run for operand in operands]

    def run(scope: Scope) -> Value | None:
        values = []
        for one in runs:
            values.append(one(scope))
        return None if None in values else function(*values)

    return Node(result, run)
