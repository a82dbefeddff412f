"""A model of the monthly cost of a deployment, by the uploads of the month.

    python -m benchmarks.costs            prints the table of docs/operations.md

It is as accurate as its inputs and those of scaling.py: each has a comment with its source.
"""

from dataclasses import dataclass

from benchmarks.scaling import GB, INPUTS, WRITES_PER_EXPORT, estimate

_DAYS = 30


@dataclass(frozen=True, slots=True)
class CostInputs:
    """Prices, defaults of Terraform and assumptions.

    Prices are in US dollars in europe-west1 and us-central1, published in 2026, without free
    amounts.
    """

    # Cloud Run functions: per vCPU second, per GiB second, per call
    function_cpu: float = 0.000024
    function_memory: float = 0.0000025
    function_call: float = 0.4 / 1_000_000
    # Cloud Scheduler: a job for a month
    schedule: float = 0.10
    # Cloud Monitoring: a condition of an alerting policy for a month
    condition: float = 1.50
    # Cloud Storage, standard class: a GB for a month
    storage: float = 0.020
    # Terraform's defaults: calls of the sweep a day, conditions of alerts, memory of a function in
    # GiB, days that deleted objects are kept, bytes of a database that one task exports, maximum
    # number of tasks
    sweeps_a_day: int = 144
    conditions: int = 5
    function_gib: float = 0.5
    soft_delete_days: int = 7
    task_bytes: int = 2 << 30
    max_tasks: int = 8
    # Assumed: seconds of a call of the sweep and of the function, and the size of a ZIP
    call_seconds: float = 1.0
    zip_share: float = 0.15


COST_INPUTS = CostInputs()
# Uploads of a month: how many, and their size in bytes
MONTHS = ((0, 0.0), (1_000, 0.3 * GB), (10_000, 0.3 * GB), (100, 30 * GB))


def items(uploads: int, size: float, inputs: CostInputs = COST_INPUTS) -> dict[str, float]:
    """The dollars of a month by item, as if each upload were stored for the whole month."""
    tasks = max(1, min(inputs.max_tasks, round(size / inputs.task_bytes + 0.5)))
    call_cost = inputs.function_call + inputs.call_seconds * (
        inputs.function_cpu + inputs.function_gib * inputs.function_memory
    )
    job_cost = estimate(size, tasks).dollars if uploads else 0.0
    kept = uploads * size * (1 + inputs.zip_share) / GB * inputs.storage
    temporary = uploads * size * inputs.zip_share / GB if tasks > 1 else 0.0
    return {
        "alerts": inputs.conditions * inputs.condition,
        "sweep and its schedule": inputs.schedule + inputs.sweeps_a_day * _DAYS * call_cost,
        "function": uploads * call_cost,
        "job, with its operations of Cloud Storage and Firestore": uploads * job_cost,
        "documents of tables": uploads * WRITES_PER_EXPORT * INPUTS.write_price,
        "uploads and ZIPs, stored for the month": kept,
        "removed temporary objects, kept by soft delete": (
            temporary * inputs.soft_delete_days / _DAYS * inputs.storage
        ),
    }


def cost_table() -> str:
    """A Markdown table with a row per item and a column per number of uploads."""
    columns = [items(uploads, size) for uploads, size in MONTHS]
    heads = [f"{uploads:,} of {size / GB:g} GB" if uploads else "none" for uploads, size in MONTHS]
    lines = [f"| uploads a month | {' | '.join(heads)} |", "|---|" + "--:|" * len(heads)]
    for item in columns[0]:
        lines.append(f"| {item} | {' | '.join(f'${column[item]:,.2f}' for column in columns)} |")
    totals = [f"${sum(column.values()):,.2f}" for column in columns]
    return "\n".join([*lines, f"| together | {' | '.join(totals)} |"])


if __name__ == "__main__":
    print(cost_table())
