"""A Cloud Storage server over a folder: the JSON and XML APIs that the client library uses."""
