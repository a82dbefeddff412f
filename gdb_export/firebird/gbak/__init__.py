"""Reader of gbak backups: a stream of records, first of table descriptions, then of rows."""
