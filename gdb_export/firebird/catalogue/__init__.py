"""The catalogue: system tables in, tables, columns and types out."""
