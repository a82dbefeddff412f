"""Names of the objects that hold the parts of a ZIP until the last task assembles it."""

# A hidden folder, so that nobody takes a part for an export; Terraform's lifecycle rule names it.
PARTS_PREFIX = ".parts/"


def parts_of(task_id: str) -> str:
    """Return the prefix of all parts of one export, whichever execution wrote them."""
    return f"{PARTS_PREFIX}{task_id}/"
