"""Loads into BigQuery: valid names, the reference month of the rows, and the load itself."""
