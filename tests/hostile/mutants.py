"""Exports damaged databases in a process with limited memory and time.

    python -m tests.hostile.mutants FIRST_SEED COUNT [FILE …]

The invariant: any bytes give rows or a FirebirdError, and the same from the reference and the
compiled implementation. A violation is printed with the seed that reproduces it; the exit code is 1
if there was any. A mutant that takes too long ends the process with a stack trace.
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
from pathlib import Path

from gdb_export import csv_rows
from gdb_export.csv_rows import CsvImplementation
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
from tests.data.databases import DATA
from tests.export.in_memory import MODIFIED_AT, MemoryDestination
from tests.firebird.memory_source import MemorySource
from tests.hostile.random_damage import damaged

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
MAX_DATABASE = 3_000_000  # bytes of a database that is damaged
MAX_MEMORY = 1 << 30  # bytes of address space of the process
MAX_CPU_SECONDS = 10.0  # for one mutant
MAX_SECONDS = 200.0  # for one mutant, by the clock; long, since the machine may be busy

Outcome = tuple[str, bytes | None]  # "rows", "rows with damage" or the error's name; the ZIP


def originals() -> list[Path]:
    """Small databases of every engine: the project's, and the corpus's if it is present."""
    files = [*DATA.glob("*/*.f[db][bk].gz"), *CORPUS.glob("fb*/*.f[db][bk].gz")]
    return sorted(path for path in files if len(unpacked(path)) <= MAX_DATABASE)


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


class UnexpectedErrors(logging.Handler):
    """Keeps the last exception that the boundary translated to Damage."""

    error: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.error = record.exc_info[1] if record.exc_info else None


def outcome(source: MemorySource, implementation: CsvImplementation) -> Outcome:
    """Export the source. Unexpected exceptions are raised, even those translated to Damage."""
    unexpected = UnexpectedErrors()
    logger = logging.getLogger(boundary.__name__)
    logger.setLevel(logging.DEBUG)
    logger.handlers = [unexpected]
    logger.propagate = False
    result = _outcome(source, implementation)
    if unexpected.error is not None:
        raise unexpected.error
    return result


def _outcome(source: MemorySource, implementation: CsvImplementation) -> Outcome:
    destination = MemoryDestination()
    options = ExportOptions(workers=1, compression=1)
    source_info = SourceInfo("mutant.fdb", source.size, None, MODIFIED_AT)
    open_chunks = opener(implementation)
    try:
        result = export(source, source_info, destination, options, Progress(), open_chunks)
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


def checked_outcome(data: bytes) -> str:
    """The outcome of both implementations; AssertionError if they differ."""
    expected = outcome(MemorySource(data), csv_rows.REFERENCE)
    if system_rows.COMPILED:
        compiled_catalogue = catalogue(data, system_rows.SystemRows)
        assert compiled_catalogue == catalogue(data, ReferenceSystemRows), "the catalogues differ"
    if csv_rows.COMPILED:
        compiled = outcome(MemorySource(data), csv_rows.IMPLEMENTATION)
        assert compiled == expected, f"the outcomes differ: {difference(compiled, expected)}"
    return expected[0]


def difference(compiled: Outcome, expected: Outcome) -> str:
    """Describe the first difference, of CSV lines or of compressed bytes only."""
    if compiled[0] != expected[0] or compiled[1] is None or expected[1] is None:
        return f"{compiled[0]} and {expected[0]}"
    archives = [zipfile.ZipFile(io.BytesIO(zipped)) for zipped in (compiled[1], expected[1])]
    names = [archive.namelist() for archive in archives]
    if names[0] != names[1]:
        return f"members {names[0]} and {names[1]}"
    for name in names[0]:
        contents = [archive.read(name) for archive in archives]
        if contents[0] != contents[1]:
            lines = zip(*(content.splitlines() for content in contents), strict=False)
            different = (pair for pair in lines if pair[0] != pair[1])
            return f"{name}: {next(different, 'one has more lines')}"
    return f"compressed bytes only, {len(compiled[1])} and {len(expected[1])}"


def run(first_seed: int, count: int, files: list[Path]) -> int:
    """Return the number of mutants that violate the invariant."""
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = 0.0
    for seed in range(first_seed, first_seed + count):
        path = files[seed % len(files)]
        data, damages = damaged(unpacked(path), seed)
        mutant = f"seed {seed}: {path.parent.name}/{path.name} {damages}"
        faulthandler.dump_traceback_later(MAX_SECONDS, exit=True)
        signal.setitimer(signal.ITIMER_PROF, MAX_CPU_SECONDS)
        print(mutant, file=sys.stderr, flush=True)
        started = time.process_time()
        try:
            outcomes[checked_outcome(data)] += 1
        except Exception:
            outcomes["VIOLATION"] += 1
            print(f"VIOLATION {mutant}")
            print(traceback.format_exc(limit=-6), flush=True)
        slowest = max(slowest, time.process_time() - started)
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
    peak = peak_kb() // 1024
    print(f"kernel {'compiled' if csv_rows.COMPILED else 'missing'}")
    print(f"seeds {first_seed} to {first_seed + count - 1}, {dict(outcomes)}")
    print(f"slowest {slowest:.2f} s, peak {peak} MB")
    return outcomes["VIOLATION"]


def peak_kb() -> int:
    """The peak of resident memory; ru_maxrss would include that of the process before exec."""
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1])


if __name__ == "__main__":
    # chain: the default action of the signal ends the process after the stack trace
    faulthandler.register(signal.SIGPROF, chain=True)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    files = [Path(name) for name in sys.argv[3:]] or originals()
    sys.exit(1 if run(int(sys.argv[1]), int(sys.argv[2]), files) else 0)
