"""Conditions, comparisons and conditional values."""
