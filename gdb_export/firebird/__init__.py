"""Reader of Firebird's on-disk structure: bytes in, records and values out."""
