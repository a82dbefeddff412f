"""Pages of a database file: the header page, the page file, checked views."""
