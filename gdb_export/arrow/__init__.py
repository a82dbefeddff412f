"""Rows of tables as columns: Arrow record batches. Needs pyarrow."""
