"""Backups that gbak made: a stream of records, from the description of the tables to their rows."""
