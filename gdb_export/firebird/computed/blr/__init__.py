"""BLR, the binary language of Firebird's engine: codes, parser and evaluation tree."""
