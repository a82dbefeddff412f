"""A model of time and cost of an export by size and number of tasks.

    python -m benchmarks.scaling          prints the tables of docs/scaling.md

It is as accurate as its inputs: each has a comment with its source.
"""

from collections.abc import Iterable
from dataclasses import dataclass

GB = 10**9
MB = 10**6


@dataclass(frozen=True, slots=True)
class Inputs:
    """Prices in US dollars in europe-west1 and us-central1 (tier 1), published in 2026."""

    # Measured by the benchmarks on the wide database of Firebird 1.5: bytes per second of one core
    rate_per_core: float = 100 * MB
    # Terraform's defaults: the resources of a task
    cores: int = 2
    memory_gib: float = 2.0
    # Assumed: bytes per second from Cloud Storage in the same region to one task
    bandwidth: float = 250 * MB
    # Assumed: event, function, scheduling and start of the container
    start_seconds: float = 15.0
    # Measured: pointer pages take 4 bytes for each data page of 4096 bytes, and are read before the
    # first row
    plan_share: float = 0.001
    # Assumed: one call of Cloud Storage or Firestore
    call_seconds: float = 0.1
    # Cloud Run jobs: per vCPU second, per GiB second
    cpu_price: float = 0.000018
    memory_price: float = 0.000002
    # Cloud Storage, standard class: per operation of class A (write, compose) and B (read)
    class_a_price: float = 0.005 / 1000
    class_b_price: float = 0.0004 / 1000
    # Firestore: per document written and read
    write_price: float = 0.18 / 100_000
    read_price: float = 0.06 / 100_000
    # Settings of the job
    read_block: float = 8 * MB
    report_seconds: float = 2.0
    composed_at_once: int = 32


INPUTS = Inputs()
# Assumed: one write for each table of a database, and the changes of the status
WRITES_PER_EXPORT = 200
# Assumed: calls of Cloud Storage and Firestore before the first row is read
CALLS_BEFORE_ROWS = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds from the upload to the ZIP, and dollars."""

    seconds: float
    dollars: float


def estimate(size: float, tasks: int, inputs: Inputs = INPUTS) -> Estimate:
    """The estimate for a database of `size` bytes, exported by `tasks` at the same time."""
    task_rate = min(inputs.cores * inputs.rate_per_core, inputs.bandwidth)
    plan = size * inputs.plan_share / inputs.bandwidth + CALLS_BEFORE_ROWS * inputs.call_seconds
    work = plan + size / tasks / task_rate
    assembly = plan + inputs.call_seconds * _composes(tasks, inputs) if tasks > 1 else 0.0
    task_seconds = tasks * work + assembly
    reports = task_seconds / inputs.report_seconds
    # in this order: CPU and memory; reads of the source by blocks; three objects of each
    # task, the composition and the ZIP; two writes and two reads of documents for each report
    dollars = (
        task_seconds * (inputs.cores * inputs.cpu_price + inputs.memory_gib * inputs.memory_price)
        + (1 + inputs.plan_share * tasks) * size / inputs.read_block * inputs.class_b_price
        + (3 * tasks + _composes(tasks, inputs) + 1) * inputs.class_a_price
        + 2 * reports * inputs.write_price
        + reports * 2 * inputs.read_price
    )
    return Estimate(inputs.start_seconds + work + assembly, dollars)


def _composes(tasks: int, inputs: Inputs) -> int:
    """The number of compose calls that join the ZIP.

    It is joined from three objects for each part: its head (the end of a table that begins in an
    earlier part), its tail (the rest), and between them the data descriptor of the table that ends
    in the head. One more object is the end of the ZIP.
    """
    objects, calls = 3 * tasks + 1, 0
    while objects > 1:
        objects = -(-objects // inputs.composed_at_once)
        calls += objects
    return calls


SIZES = (("1 GB", GB), ("100 GB", 100 * GB), ("10 TB", 10_000 * GB))
TASKS = (1, 8, 64, 1000)


def table(sizes: Iterable[tuple[str, float]] = SIZES, tasks: Iterable[int] = TASKS) -> str:
    """A Markdown table with a row per size and a column per number of tasks."""
    tasks = list(tasks)
    lines = [
        "| database | " + " | ".join(f"{count:,} tasks" for count in tasks) + " |",
        "|---|" + "---|" * len(tasks),
    ]
    for name, size in sizes:
        cells = [estimate(size, count) for count in tasks]
        texts = [f"{duration(cell.seconds)}, ${cell.dollars:,.3f}" for cell in cells]
        lines.append(f"| {name} | " + " | ".join(texts) + " |")
    return "\n".join(lines).replace("1 tasks", "1 task", 1)


def daily(uploads: int, size: float, inputs: Inputs = INPUTS) -> str:
    """A sentence about a day of uploads of `size` bytes, each exported by one task."""
    upload = estimate(size, 1, inputs)
    at_once = uploads * upload.seconds / 86_400
    writes = uploads * (upload.seconds / inputs.report_seconds + WRITES_PER_EXPORT) / 86_400
    return (
        f"{uploads:,} uploads a day of {size / GB:g} GB: {at_once:,.1f} executions at once on"
        f" average, {uploads / 86_400 * 60:.1f} starts a minute, {writes:,.1f} writes a second to"
        f" Firestore, ${uploads * upload.dollars:,.0f} a day"
    )


def duration(seconds: float) -> str:
    """The seconds in a unit that suits them."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    print(table())
    print()
    print(daily(10_000, 0.3 * GB))
