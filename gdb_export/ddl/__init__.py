"""Statements that create the tables of an export in another database, and load them."""
