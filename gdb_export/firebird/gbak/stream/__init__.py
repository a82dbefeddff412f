"""The bytes of a backup: records, attributes and blocks, unpacked where a backup is zipped."""
