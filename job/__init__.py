"""The Cloud Run Job: exports a Firebird database in a bucket as a ZIP to the same folder."""
