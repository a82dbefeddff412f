"""A Cloud Storage server over a folder: the JSON API as the real client library speaks it."""
