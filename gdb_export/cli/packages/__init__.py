"""Commands that work with the manifest of an export, or with one made from a database."""
