"""Types of columns in BigQuery, and what a later file may change."""

import pyarrow as pa
import pytest
from google.cloud.bigquery import SchemaField

from gdb_export.bigquery.names import AddedColumns
from gdb_export.bigquery.schemas.columns import TableColumn, added_fields, table_columns
from gdb_export.bigquery.schemas.reconciliation import Irreconcilable, reconcile

ADDED = added_fields(AddedColumns())


@pytest.mark.parametrize(
    ("arrow_type", "name"),
    [
        (pa.int16(), "INT64"),
        (pa.int64(), "INT64"),
        (pa.decimal128(5, 2), "NUMERIC"),
        (pa.decimal128(38, 9), "NUMERIC"),
        (pa.decimal128(29, 0), "NUMERIC"),
        (pa.decimal128(38, 0), "BIGNUMERIC"),
        (pa.decimal128(38, 10), "BIGNUMERIC"),
        (pa.decimal128(38, 38), "BIGNUMERIC"),
        (pa.float32(), "FLOAT64"),
        (pa.bool_(), "BOOL"),
        (pa.date32(), "DATE"),
        (pa.time64("us"), "TIME"),
        (pa.timestamp("us"), "DATETIME"),
        (pa.string(), "STRING"),
        (pa.binary(), "BYTES"),
    ],
)
def test_types(arrow_type: pa.DataType, name: str) -> None:
    schema = pa.schema([("A", arrow_type), ("B", pa.list_(arrow_type))])
    scalar, repeated = table_columns(schema, {"A": "A", "B": "B"})
    assert (scalar.type, scalar.mode) == (name, "NULLABLE")
    assert (repeated.type, repeated.mode) == (name, "REPEATED")


def test_an_array_of_arrays_is_text() -> None:
    schema = pa.schema([("A", pa.list_(pa.list_(pa.int32())))])
    (column,) = table_columns(schema, {"A": "A"})
    assert column == TableColumn("A", "A", "STRING", is_nested=True)


def test_a_changed_name_is_described() -> None:
    assert TableColumn("AÇÃO", "ACAO", "STRING").field().description == "Firebird column AÇÃO"


def test_missing_columns_are_added_and_others_stay() -> None:
    existing = [SchemaField("GONE", "STRING"), *ADDED]
    changes = reconcile(existing, [TableColumn("A", "A", "INT64")], ADDED)
    assert [field.name for field in changes.added] == ["A"]
    assert changes.widened == {}
    changes = reconcile([SchemaField("a", "INTEGER")], [TableColumn("A", "A", "INT64")], ADDED)
    assert [field.name for field in changes.added] == list(AddedColumns())


@pytest.mark.parametrize(
    ("existing", "new", "wider"),
    [
        ("INTEGER", "NUMERIC", "NUMERIC"),
        ("INT64", "BIGNUMERIC", "BIGNUMERIC"),
        ("NUMERIC", "BIGNUMERIC", "BIGNUMERIC"),
        ("NUMERIC", "INT64", None),
        ("BIGNUMERIC", "NUMERIC", None),
        ("DATETIME", "DATE", None),
        ("FLOAT", "FLOAT64", None),
    ],
)
def test_a_type_is_widened_where_no_value_changes(
    existing: str, new: str, wider: str | None
) -> None:
    fields = [SchemaField("A", existing), *ADDED]
    changes = reconcile(fields, [TableColumn("A", "A", new)], ADDED)
    assert changes.widened == ({} if wider is None else {"A": wider})


@pytest.mark.parametrize(
    ("existing", "column"),
    [
        (SchemaField("A", "STRING"), TableColumn("A", "A", "INT64")),
        (SchemaField("A", "INT64"), TableColumn("A", "A", "FLOAT64")),
        (SchemaField("A", "FLOAT64"), TableColumn("A", "A", "INT64")),
        (SchemaField("A", "DATE"), TableColumn("A", "A", "DATETIME")),
        (SchemaField("A", "INT64", "REPEATED"), TableColumn("A", "A", "INT64")),
        (SchemaField("A", "INT64", "REPEATED"), TableColumn("A", "A", "NUMERIC", True)),
    ],
)
def test_other_types_are_refused_in_words(existing: SchemaField, column: TableColumn) -> None:
    with pytest.raises(Irreconcilable, match=r"column A is .* in the dataset and .* in this file"):
        reconcile([existing, *ADDED], [column], ADDED)


def test_an_existing_column_with_the_name_of_an_added_one_is_refused() -> None:
    with pytest.raises(Irreconcilable, match=r"data_particao is STRING .* need it as DATE"):
        reconcile([SchemaField("data_particao", "STRING")], [], ADDED)
