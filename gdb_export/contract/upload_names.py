"""Which objects of the upload bucket are uploads: function, command and local stack agree on it."""

# Database files and gbak backups
ENDINGS = (".gdb", ".fdb", ".gbk", ".fbk")
# gcloud stores the parts of a parallel upload here until it composes them
TEMPORARY = "gcloud/tmp/"


def reason_to_ignore(name: str, size: int) -> str | None:
    """Why an object with that name and size in bytes is no upload; None for an upload."""
    if not name.lower().endswith(ENDINGS):
        return "the name does not end like that of a database"
    if name.startswith(TEMPORARY):
        return "part of an unfinished upload"
    if size <= 0:
        return "empty"
    return None
