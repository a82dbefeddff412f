"""A Cloud Run Admin API v2 server for jobs: executions are processes of this machine."""
