"""Names of the staging tables in BigQuery, which hold the rows of a load until it is complete."""

# No exported table gets a name with this prefix
STAGING_PREFIX = "_staging_"


def staging_of(task_id: str) -> str:
    """Return the prefix of all staging tables of one export, whichever execution made them."""
    return f"{STAGING_PREFIX}{task_id.replace('-', '_')}_"
