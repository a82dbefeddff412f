"""The Python library: databases, tables and rows as Python values."""
