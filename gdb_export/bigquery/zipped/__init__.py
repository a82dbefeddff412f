"""Conversion of the CSVs in the ZIP of an export to Parquet files. Needs pyarrow."""
