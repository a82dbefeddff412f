"""The export of a database: its steps, the tables' members and the manifest."""
