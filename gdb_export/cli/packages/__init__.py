"""Commands that work with a manifest: that of an export, or one made from a database."""
