# cython: language_level=3
"""The interface between Python code and the kernel: cells of formats, and statuses."""

# The operation of a cell; kernel_cells.py compiles cells from columns and their descriptors
cpdef enum Op:
    REFERENCE = 0  # formatted by the reference implementation
    EMPTY = 1
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

# How bytes become characters: the index of a character table, or one of these; the last table is
# used for UTF-8
cpdef enum Decoding:
    HEX = -1
    UTF8 = -2

# OTHERWISE of a cell: the index of the character table for texts that are not valid UTF-8, or this
cpdef enum:
    NO_TABLE = -1  # the reference implementation decodes them

# The fields of a cell; the kernel itself fills ROOM, the maximal size of the field, and WRITER.
# CHARACTERS is the number to which a CHAR in UTF-8 is cut. COUNTS_UTF8: texts that are valid UTF-8
# are counted.
cdef enum:
    OP, OFFSET, LENGTH, SCALE, NULL_BYTE, NULL_BIT, DECODING, CHARACTERS, OTHERWISE, COUNTS_UTF8
    ROOM, WRITER, CELL_FIELDS

# How `write_common` writes a field as CSV: its operation, split by the size of what is stored.
# WRITE_OTHERS: `write_common` doesn't know the field
cdef enum Writer:
    WRITE_OTHERS, CHAR_16, CHAR_32, CHAR_64, VARCHAR_16, VARCHAR_32, VARCHAR_64
    INTEGER_TEXT, DATE_TEXT

# The counts of the texts of a column, in the order of TextCounts (text_counts.py)
cdef enum:
    REPLACED, CONTROLS, MISREAD, UTF8_VALUES, OTHER_VALUES, TEXT_COUNTS

# The result of RowWriter.advance: DONE, or the reason for which it stopped
cdef enum Status:
    DONE, FULL, GROW, FALLBACK_PAGE, FALLBACK_SLOT, FALLBACK_CELL, UNKNOWN_FORMAT, UNKNOWN_STATE
    NEED_FOLLOWING

# Results of functions that otherwise return the bytes written
cdef enum:
    FALLBACK = -2  # to be formatted by the reference implementation
    NEEDS_ROOM = -3
    NEEDS_PAGES = -4
