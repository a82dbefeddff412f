"""Commands on the manifest of an export, or of a database that is not exported."""
