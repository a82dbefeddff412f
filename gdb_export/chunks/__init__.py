"""How an export is cut into chunks, read and worked on in parallel."""
