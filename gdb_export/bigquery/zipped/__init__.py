"""The ZIP of an export as Parquet files. Needs pyarrow."""
