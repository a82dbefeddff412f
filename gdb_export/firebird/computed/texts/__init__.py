"""Verbs and functions of text, and collations."""
