"""The export job: a Firebird database file in, a ZIP of CSVs out."""
