"""Computed columns: expressions, their parser and evaluator."""
