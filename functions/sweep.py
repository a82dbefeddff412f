"""Runs the reconciler by hand: `make sweep`, with the function's environment variables."""

from clients import make_reconciler
from gdb_export.contract.structured_log import log_as_json
from settings import Settings

if __name__ == "__main__":
    log_as_json()
    print(f"finalised {make_reconciler(Settings.from_environment()).reconcile()}")
