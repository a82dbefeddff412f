"""The kernel of columns, compiled by Cython."""
