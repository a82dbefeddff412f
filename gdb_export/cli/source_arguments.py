"""Arguments for the files that are opened together with SOURCE: volumes and another copy."""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from gdb_export.chunks.chunks import ChunkSource
from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.core.source import Source
from gdb_export.library.locations import OpenedSource, open_sources


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--volume",
        action="append",
        default=[],
        metavar="FILE",
        dest="volumes",
        help="a further volume of a split backup, once for each; found beside SOURCE if not given",
    )
    parser.add_argument(
        "--schema-from",
        metavar="COPY",
        help="another copy of the same database: gives the definitions that a damaged SOURCE has"
        " lost",
    )


def open_source_arguments(
    arguments: argparse.Namespace, exit_stack: ExitStack, reads_everything: bool
) -> tuple[list[OpenedSource], Callable[[Source], ChunkSource]]:
    """The files of `source_locations`, and a function that opens the first one as a database or
    backup. Raises the errors of locations.open_source.

    All files are closed when `exit_stack` is closed.
    """
    files = open_sources(source_locations(arguments), exit_stack, reads_everything)
    count = 1 + len(arguments.volumes)
    schema = next(iter(files[count:]), None)
    return files, partial(open_chunks, volumes=files[1:count], schema=schema)


def source_locations(arguments: argparse.Namespace) -> list[str]:
    """The locations to open: the source, its further volumes, the copy with its schema."""
    copies = [] if arguments.schema_from is None else [arguments.schema_from]
    return [arguments.source, *arguments.volumes, *copies]
