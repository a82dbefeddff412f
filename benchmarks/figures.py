"""The three figures that README.md quotes, from the results of one run."""

from collections.abc import Sequence

from benchmarks.comparisons import AGAINST_DRIVER, AGAINST_IGZIP, INSPECT, MEMORY, TWO_WORKERS
from benchmarks.prepared import HUGE, PROFILES
from benchmarks.results import Result
from gdb_export.version import VERSION


def figures(results: Sequence[Result], machine: str) -> str:
    """The list for README.md; raises LookupError if the run lacks a result that it quotes."""
    igzip = _first(results, AGAINST_IGZIP, PROFILES["big"])
    workers = _first(results, TWO_WORKERS, PROFILES["big"])
    driver = _first(results, AGAINST_DRIVER, PROFILES["wide"])
    memory, inspect = (_last(results, measure, PROFILES[HUGE]) for measure in (MEMORY, INSPECT))
    size = memory.subject.rpartition(", ")[2]
    return (
        f"- A 300 MB database of Firebird 1.5 takes {igzip.measured} on two cores:"
        f" {igzip.shown} times what `igzip -1`\n  alone takes for the same CSVs."
        f" Two workers are {workers.shown} times as fast as one.\n"
        f"- A core does {driver.shown} times as much as firebird-driver and the csv module"
        " on Firebird 5's embedded engine.\n"
        f"- A database of {size} takes {memory.measured} of memory, and `inspect`"
        f" {inspect.measured}.\n\n"
        f"Measured with version {VERSION} on {machine.partition(', Python')[0]}.\n"
    )


def _first(results: Sequence[Result], measure: str, profile: str) -> Result:
    """The first result of this measure on the databases of a profile."""
    return _matching(results, measure, profile)[0]


def _last(results: Sequence[Result], measure: str, profile: str) -> Result:
    return _matching(results, measure, profile)[-1]


def _matching(results: Sequence[Result], measure: str, profile: str) -> list[Result]:
    matching = [
        result
        for result in results
        if result.measure == measure and result.subject.startswith(profile)
    ]
    if not matching:
        raise LookupError(f"the run has no result for {measure!r} on {profile!r}: run all profiles")
    return matching
