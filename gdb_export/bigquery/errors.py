"""Errors of a load as a whole; the messages are one line with advice."""


class LoadRefused(Exception):
    """Nothing can be loaded."""


class DatasetMissing(LoadRefused):
    """The dataset does not exist."""


class UnusableExport(LoadRefused):
    """The location holds no complete export to Parquet."""
