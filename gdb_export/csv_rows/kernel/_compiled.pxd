# cython: language_level=3
"""What Python and the kernel say to each other: the cells of a format, and how it gets on."""

# What a cell does, as kernel_cells.py compiles it from a column and its descriptor in a format
cpdef enum Op:
    PYTHON = 0  # by the plain twin's cell
    NOTHING = 1
    INTEGER = 2
    REAL = 3
    DOUBLE = 4
    FIXED = 5
    DATE = 6
    TIME = 7
    TIMESTAMP = 8
    BOOLEAN = 9
    CHAR = 10
    VARCHAR = 11
    BLOB = 12
    CONSTANT = 13  # `LENGTH` bytes at `OFFSET` of the constants

# How the bytes of a text or blob become characters: a table's number from 0 on, or one of these;
# the last table is that of UTF-8, whose bytes stay as they are
cpdef enum Text:
    HEX = -1
    UTF8 = -2

# Fields of a compiled cell; the room is the kernel's own affair
cdef enum:
    OP, OFFSET, LENGTH, SCALE, NULL_BYTE, NULL_BIT, TEXT, CHARACTERS, ROOM, CELL_FIELDS

# What became of a step: it is done, or why it stopped
cdef enum Status:
    DONE, FULL, GROW, IN_PYTHON_PAGE, IN_PYTHON_SLOT, IN_PYTHON_CELL, UNKNOWN_FORMAT, UNKNOWN_STATE
    PAGES_BEHIND

# Instead of how many bytes a field took
cdef enum:
    FALLBACK = -2
    NEEDS_ROOM = -3
    NEEDS_PAGES = -4
