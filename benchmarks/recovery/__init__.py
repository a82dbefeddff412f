"""Measures how many rows of damaged databases come back: `make recovery`, docs/recovery.md."""
