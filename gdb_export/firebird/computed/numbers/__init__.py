"""Verbs and functions of numbers."""
