"""The schema of a table in BigQuery: columns, names, key, changes for a later file."""
