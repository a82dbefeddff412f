"""Subselects of one other table."""
