"""BigQuery's rules: valid names, and the month that the rows of an upload belong to."""
