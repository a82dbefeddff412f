"""BLR, the binary language of Firebird's engine: codes, nodes and the parser."""
