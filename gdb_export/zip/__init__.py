"""ZIP files: members, deflate, CRC-32 and member names."""
