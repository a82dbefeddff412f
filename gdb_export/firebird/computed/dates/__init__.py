"""Verbs and functions of dates and times."""
