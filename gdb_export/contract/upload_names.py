"""The rule by which the function, the command and the local stack recognise uploads."""

# Database files and gbak backups
ENDINGS = (".gdb", ".fdb", ".ib", ".gbk", ".fbk")
# gcloud stores the parts of a parallel upload here until it composes them
TEMPORARY = "gcloud/tmp/"


def reason_to_ignore(name: str, size: int) -> str | None:
    """The reason why an object with that name and size in bytes is ignored; None for an upload."""
    if not name.lower().endswith(ENDINGS):
        return f"the name does not end in {', '.join(ENDINGS)}"
    if name.startswith(TEMPORARY):
        return "part of an unfinished upload"
    if size <= 0:
        return "empty"
    return None
