"""Computed columns: the parser and the evaluator of their expressions."""
