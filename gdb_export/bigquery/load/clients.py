"""The client of BigQuery, and the dataset that a load goes to."""

import os
import re
from typing import NamedTuple

from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import Client, DatasetReference

from gdb_export.bigquery.errors import DatasetMissing
from gdb_export.options import BadOption

EMULATOR = "BIGQUERY_EMULATOR_HOST"
# A project may begin with a domain and a colon
_DATASET = re.compile(r"(?:(?P<project>[a-z0-9.:-]+)\.)?(?P<dataset>[A-Za-z0-9_]{1,1024})")


class FoundDataset(NamedTuple):
    """A dataset that exists, and its location."""

    reference: DatasetReference
    location: str


def dataset_reference(text: str, project: str | None = None) -> DatasetReference:
    """The dataset that `PROJECT.DATASET` names, or `DATASET` in `project`. Raises BadOption."""
    named = _DATASET.fullmatch(text)
    project = (named and named["project"]) or project
    if named is None or project is None:
        raise BadOption(f"{text} is not {'DATASET' if project else 'PROJECT.DATASET'}")
    return DatasetReference(project, named["dataset"])


def open_client(project: str) -> Client:
    """A client whose jobs run in `project`, on the emulator if the environment names one."""
    if os.environ.get(EMULATOR):
        return Client(project, AnonymousCredentials())  # type: ignore[no-untyped-call]
    return Client(project)


def find_dataset(client: Client, reference: DatasetReference) -> FoundDataset:
    """The dataset with its location. Raises DatasetMissing and Google's errors."""
    try:
        dataset = client.get_dataset(reference)
    except NotFound as error:
        name = f"{reference.project}:{reference.dataset_id}"
        location = "--location where the bucket is"
        raise DatasetMissing(
            f"the dataset {name} does not exist: bq mk --dataset {location} {name}"
        ) from error
    return FoundDataset(reference, dataset.location)
