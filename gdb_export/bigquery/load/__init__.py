"""Loads of Parquet files into BigQuery. Needs google-cloud-bigquery and pyarrow."""
