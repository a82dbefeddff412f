"""Record batches and statistics as values that can be compared."""

from collections.abc import Iterable

import pyarrow as pa

from gdb_export.csv_rows.table_stats import TableStats


def batch_values(batches: Iterable[pa.RecordBatch]) -> list[list[object]]:
    """The values of each batch, column by column; raises ArrowInvalid for an invalid batch."""
    values = []
    for batch in batches:
        batch.validate(full=True)
        values.append([column_values(column) for column in batch.columns])
    return values


def column_values(column: pa.Array) -> object:
    """Floats by their bits: NaN equals nothing. Dates and times as integers."""
    if pa.types.is_floating(column.type):
        bits = pa.int64() if column.type == pa.float64() else pa.int32()
        return column.view(bits).to_pylist()
    if pa.types.is_temporal(column.type):
        bits = pa.int32() if pa.types.is_date(column.type) else pa.int64()
        return column.view(bits).to_pylist()
    return column.to_pylist()


def counts(stats: TableStats) -> tuple[object, ...]:
    """Everything that was counted."""
    return (
        stats.rows,
        stats.damage.entries,
        stats.texts,
        stats.unsupported,
        {name: vars(values) for name, values in stats.failures.items()},
        {name: vars(values) for name, values in stats.out_of_range.items()},
    )
