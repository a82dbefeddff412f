"""The definitions of a database besides its tables and types: keys, defaults, views and others."""
