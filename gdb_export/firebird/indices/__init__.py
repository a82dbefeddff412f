"""Indices: their pages, and the comparison of their entries with the rows of tables."""
