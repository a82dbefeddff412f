"""A Cloud Run Admin API v2 server for jobs that runs executions as local processes."""
