"""The Cloud Run Job: exports a Firebird database in a bucket as a ZIP of CSV files beside it."""
