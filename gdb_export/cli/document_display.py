"""Prints job documents: a line per state, redrawn in place at a terminal."""

import sys
from collections.abc import Iterable

from gdb_export.cli.status_lines import Document, status_line
from gdb_export.contract.job_document import Status

_COLOURS = {Status.SUCCESS: "32", Status.FAILURE: "31", Status.CANCELLED: "33"}


def follow(changes: Iterable[Document]) -> Document:
    """Print each state that differs from the one before; return the last."""
    document: Document = {}
    last_line = ""
    for document in changes:
        line = status_line(document)
        if line == last_line:
            continue
        last_line = line
        if sys.stdout.isatty() and not Status(document["status"]).is_final:
            print(f"\r{_bar(document)}{line:.100}\x1b[K", end="", flush=True)
        else:
            print_document(document, "\r\x1b[K" if sys.stdout.isatty() else "")
    return document


def _bar(document: Document) -> str:
    percent = (document.get("progress") or {}).get("percent")
    return "" if percent is None else f"[{'#' * round(percent / 5):<20}] "


def print_document(document: Document, prefix: str = "") -> None:
    """Print one line, coloured by the status at a terminal."""
    line = prefix + status_line(document)
    colour = _COLOURS.get(Status(document["status"]))
    if sys.stdout.isatty() and colour:
        line = f"\x1b[{colour}m{line}\x1b[0m"
    print(line, flush=True)
