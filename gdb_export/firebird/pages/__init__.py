"""Pages of a database file: header page, page file, checked views."""
