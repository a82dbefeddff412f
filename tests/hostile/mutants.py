"""Exports damaged databases in a process with little memory and little time.

    python -m tests.hostile.mutants FIRST_SEED COUNT [FILE …]

The invariant: any bytes give rows or one of our own errors, and the same from both twins. What
breaks it is printed, with the seed that makes it again; the exit code says whether there was any.
A mutant that takes too long ends the process, with the stack.
"""

import collections
import faulthandler
import gzip
import io
import logging
import re
import resource
import signal
import sys
import time
import traceback
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from tests.hostile.damage import damaged

from gdb_export import csv_rows
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.firebird.catalogue import system_rows
from gdb_export.firebird.catalogue.reference_system_rows import ReferenceSystemRows
from gdb_export.firebird.core import boundary
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.database import Database
from gdb_export.options import ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import opener
from tests.export.in_memory import MemoryDestination
from tests.firebird.memory_source import MemorySource

DATA = Path(__file__).parents[1] / "data"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
LARGEST = 3_000_000  # bytes of a database that is damaged
ROOM = 1 << 30  # address space of the process
SECONDS = 10.0  # of processor for one mutant
LONGEST = 200.0  # seconds by the clock, where the process only waits; the machine may be busy


def originals() -> list[Path]:
    """Small databases of every engine: those of the project, and of the corpus if it is there."""
    files = [*DATA.glob("*/*.f[db][bk].gz"), *CORPUS.glob("fb*/*.f[db][bk].gz")]
    return sorted(path for path in files if len(content(path)) <= LARGEST)


def content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


class Unforeseen(logging.Handler):
    """Hears of the errors that went out by the boundary, and keeps the last one."""

    error: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.error = record.exc_info[1] if record.exc_info else None


def outcome(data: bytes, is_fast: bool) -> tuple[str, bytes | None]:
    """What became of an export, in a word, and its ZIP; raises unexpected errors."""
    unexpected = Unforeseen()
    logger = logging.getLogger(boundary.__name__)
    logger.setLevel(logging.DEBUG)
    logger.handlers = [unexpected]
    logger.propagate = False
    result = _outcome(data, is_fast)
    if unexpected.error is not None:
        raise unexpected.error
    return result


def _outcome(data: bytes, is_fast: bool) -> tuple[str, bytes | None]:
    implementation = csv_rows.IMPLEMENTATION if is_fast else csv_rows.REFERENCE
    destination = MemoryDestination()
    options = ExportOptions(workers=1, compression=1)
    origin = SourceInfo("mutant.fdb", len(data), None, datetime(2026, 1, 1, tzinfo=UTC))
    try:
        result = export(
            MemorySource(data), origin, destination, options, Progress(), opener(implementation)
        )
    except FirebirdError as refusal:
        return type(refusal).__name__, None
    return "rows with damage" if result.warnings else "rows", destination.zip


def catalogue(data: bytes, implementation: type[ReferenceSystemRows]) -> object:
    """The catalogue of a database and its damage, or the error that opening it raises."""
    try:
        database = Database(MemorySource(data), implementation=implementation)
    except FirebirdError as error:
        return type(error), str(error)
    return database.tables, database.damage.entries, database.default_charset


def outcome_of_both(data: bytes) -> str:
    """What became of it by both twins."""
    plain = outcome(data, is_fast=False)
    if system_rows.COMPILED:
        compiled = catalogue(data, system_rows.SystemRows)
        assert compiled == catalogue(data, ReferenceSystemRows), "the catalogues differ"
    if csv_rows.COMPILED:
        fast = outcome(data, is_fast=True)
        assert fast == plain, f"the twins differ: {difference(fast, plain)}"
    return plain[0]


def difference(fast: tuple[str, bytes | None], plain: tuple[str, bytes | None]) -> str:
    """In what two outcomes differ, in words that tell the compressor's part from the reader's."""
    if fast[0] != plain[0] or fast[1] is None or plain[1] is None:
        return f"{fast[0]} and {plain[0]}"
    ours, theirs = (zipfile.ZipFile(io.BytesIO(zipped)) for zipped in (fast[1], plain[1]))
    if ours.namelist() != theirs.namelist():
        return f"members {ours.namelist()} and {theirs.namelist()}"
    for name in ours.namelist():
        if (one := ours.read(name)) != (other := theirs.read(name)):
            lines = zip(one.splitlines(), other.splitlines(), strict=False)
            first = next((pair for pair in lines if pair[0] != pair[1]), "a line more")
            return f"{name}: {first}"
    return f"compressed bytes only, {len(fast[1])} and {len(plain[1])}"


def run(first_seed: int, count: int, files: list[Path]) -> int:
    """The number of wounds."""
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = 0.0
    for seed in range(first_seed, first_seed + count):
        path = files[seed % len(files)]
        data, names = damaged(content(path), seed)
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        print(f"seed {seed}: {path.parent.name}/{path.name} {names}", file=sys.stderr, flush=True)
        started = time.process_time()
        try:
            outcomes[outcome_of_both(data)] += 1
        except Exception:
            outcomes["WOUND"] += 1
            print(f"WOUND seed {seed}: {path.parent.name}/{path.name} {names}")
            print(traceback.format_exc(limit=-6), flush=True)
        slowest = max(slowest, time.process_time() - started)
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
    peak = peak_kb() // 1024
    print(f"kernel {'compiled' if csv_rows.COMPILED else 'missing'}")
    print(f"seeds {first_seed} to {first_seed + count - 1}, {dict(outcomes)}")
    print(f"slowest {slowest:.2f} s, peak {peak} MB")
    return outcomes["WOUND"]


def peak_kb() -> int:
    """The most memory that was resident since the process began its own program: ru_maxrss would
    count that of the process that started it, too."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    # The signal's own action, which follows the stack, ends the process
    faulthandler.register(signal.SIGPROF, chain=True)
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    chosen = [Path(name) for name in sys.argv[3:]] or originals()
    sys.exit(1 if run(int(sys.argv[1]), int(sys.argv[2]), chosen) else 0)
