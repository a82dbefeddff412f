"""Which pages hold which table."""
