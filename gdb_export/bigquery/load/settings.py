"""The settings of a load, the same for all its tables."""

from datetime import date, datetime
from typing import NamedTuple

from google.cloud.bigquery import DatasetReference

from gdb_export.bigquery.load.retries import Patience
from gdb_export.bigquery.names import AddedColumns

_ADDED = AddedColumns()
_PATIENCE = Patience()


class LoadSettings(NamedTuple):
    """The destination of the rows, and the values that mark them.

    `load_id` consists of letters, digits, `_` and `-`, and no other load has it. `location` is that
    of the dataset, `source` the URI of the database, `month` the first day of the reference month.
    `staging_prefix` is that of the staging tables of all attempts at this load; empty if there are
    no earlier ones.
    """

    dataset: DatasetReference
    location: str
    load_id: str
    source: str
    month: date
    loaded_at: datetime
    added: AddedColumns = _ADDED
    is_partitioned: bool = True
    patience: Patience = _PATIENCE
    staging_prefix: str = ""
