"""Cloud Storage: sources that read by ranges, destinations, parts of a ZIP."""
