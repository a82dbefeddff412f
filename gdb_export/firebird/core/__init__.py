"""Base of the reader: on-disk constants, character sets, errors, damage, Source."""
