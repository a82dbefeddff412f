"""Where the parts of a ZIP lie that several tasks write, until they are put together."""

# Hidden, so that nobody takes them for exports; the bucket's lifecycle rule knows it too
PREFIX = ".parts/"


def parts_of(task_id: str) -> str:
    """The prefix of the parts of one export, of whatever execution."""
    return f"{PREFIX}{task_id}/"
