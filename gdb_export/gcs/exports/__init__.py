"""Exports from an object in a bucket to a ZIP or a folder beside it."""
