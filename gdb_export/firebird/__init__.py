"""The reader: bytes of a Firebird database or backup in, rows and values out."""
