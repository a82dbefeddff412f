"""The part of an export that one of several tasks writes.

Every task makes the same plan and takes its own contiguous range of the chunks, so the tasks need
no coordinator.
"""

from collections.abc import Iterator, Sequence

from gdb_export.chunks.chunks import Chunk, TablePlan, total_weight


class PartRange:
    """Part `index` of `count`, cut by the weight of the chunks."""

    def __init__(self, index: int = 0, count: int = 1) -> None:
        self.index = index
        self.count = count

    def chunks(self, plans: Sequence[TablePlan]) -> Iterator[Chunk]:
        """The part's chunks in export order. Each chunk belongs to exactly one part."""
        total = total_weight(plans)
        weight_before = 0
        for plan in plans:
            for chunk in plan.chunks():
                if weight_before * self.count // total == self.index:
                    yield chunk
                weight_before += chunk.weight

    def numbers(self, plans: Sequence[TablePlan]) -> dict[str, int]:
        """For each table with chunks in this part: the number of earlier parts that have some."""
        total = total_weight(plans)
        weight_before = 0
        numbers = {}
        for plan in plans:
            parts: list[int] = []
            for chunk in plan.chunks():
                part = weight_before * self.count // total
                if part not in parts[-1:]:
                    parts.append(part)
                weight_before += chunk.weight
            if self.index in parts:
                numbers[plan.table.name] = parts.index(self.index)
        return numbers

    def extent(self, plans: Sequence[TablePlan]) -> tuple[int, int]:
        """The number of tables that begin in the part, and its work in pages."""
        tables = work = 0
        for chunk in self.chunks(plans):
            tables += chunk.is_first
            work += chunk.work
        return tables, work
