"""The catalogue: reads the system tables and describes tables, columns and their types."""
