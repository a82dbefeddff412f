"""The export of a database: its story, options, progress and manifest."""
