"""Cloud Storage: ranged sources, destinations and parts."""
