"""The pages of each table: page list, page directory, page runs."""
