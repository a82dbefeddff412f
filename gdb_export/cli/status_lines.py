"""Job documents as lines of text: printed, in columns, or redrawn in place at a terminal."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gdb_export.cli.standard_streams import escaped
from gdb_export.contract.job_document import Status

Document = Mapping[str, Any]
_COLOURS = {Status.SUCCESS: "32", Status.FAILURE: "31", Status.CANCELLED: "33"}

_COLUMNS = ("id", "created", "status", "source", "result")


def columns(documents: Sequence[Document]) -> Iterator[str]:
    """A heading and one line for each document, in columns."""
    rows = [_COLUMNS, *map(_row, documents)]
    widths = [max(map(len, texts)) for texts in zip(*rows, strict=True)]
    for row in rows:
        padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _row(document: Document) -> tuple[str, ...]:
    created = document.get("created_at")
    status = str(document.get("status"))
    return (
        str(document.get("task_id")),
        created.astimezone().strftime("%Y-%m-%d %H:%M") if isinstance(created, datetime) else "",
        status,
        str((document.get("source") or {}).get("uri", "")),
        _detail(status, document),
    )


def status_line(document: Document) -> str:
    """`12:03:05  PROGRESS    42 %  Exporting LFCES018 (12 of 214)`"""
    return escaped(f"{_time(document)}  {status_text(document)}")


def status_text(document: Document) -> str:
    """The status line without its time: two documents with equal texts show the same state."""
    status = str(document.get("status"))
    return f"{status:<9}  {_detail(status, document)}"


def _time(document: Document) -> str:
    updated = document.get("updated_at") or document.get("created_at")
    return updated.astimezone().strftime("%H:%M:%S") if isinstance(updated, datetime) else " " * 8


def _detail(status: str, document: Document) -> str:
    result = document.get("result") or {}
    if status == Status.SUCCESS:
        counts = f"{result['tables']:,} tables, {result['rows']:,} rows, {size(result['bytes'])}"
        outputs = " and ".join(
            [result["output"], *([result["folder"]] if "folder" in result else [])]
        )
        return "; ".join([f"{outputs}: {counts}", *_loaded(result), *_warnings(result)])
    if error := result.get("error"):
        return f"{error['code']}: {error['message']}"
    return f"{_percent(document)}{result.get('status', '')}"


def _loaded(result: Document) -> list[str]:
    dataset = result.get("dataset")
    return [f"{dataset['tables']} tables in {dataset['name']}"] if dataset else []


def _warnings(result: Document) -> list[str]:
    warnings = result.get("warnings") or []
    return [f"{len(warnings)} warnings"] if warnings else []


def _percent(document: Document) -> str:
    percent = (document.get("progress") or {}).get("percent")
    return "" if percent is None else f"{percent:3.0f} %  "


def size(number_of_bytes: float) -> str:
    """The size in a unit that suits it, such as `1.8 MB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number_of_bytes < 1000 or unit == "GB":
            break
        number_of_bytes /= 1000
    return f"{number_of_bytes:.0f} {unit}" if unit == "bytes" else f"{number_of_bytes:.1f} {unit}"


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
