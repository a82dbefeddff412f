"""Sources and destinations on a local disk."""
