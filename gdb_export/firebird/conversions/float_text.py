"""The engine's text of a FLOAT or DOUBLE, as it appears in casts and concatenations."""

from gdb_export.firebird.core.errors import EvaluationError

WIDEST = 23  # of "-1.234567890123456E-300"
REAL_DIGITS = 8
DOUBLE_DIGITS = 16
# Firebird 2.1 was the first to cut the blanks that C's left-justified format leaves
ODS_WITHOUT_BLANKS = (11, 1)


def float_text(value: float, digits: int, ods: tuple[int, int], room: int, scale: int = 0) -> str:
    """The text for a target of `room` bytes; `digits` are the type's (8 or 16).

    A negative `scale` is that of a dialect 1 NUMERIC: fixed decimals, if they fit.
    Raises EvaluationError where not even two digits fit.
    """
    text = _formatted(value, digits, min(room, WIDEST), scale)
    if ods >= ODS_WITHOUT_BLANKS:
        text = text[0] + text[1:].partition(" ")[0]
    return text if value < 0 else text[1:]


def _formatted(value: float, digits: int, width: int, scale: int) -> str:
    if digits == DOUBLE_DIGITS and scale < 0:
        text = f"%- #{width}.{-scale}f" % value
        if len(text) <= width:
            return text
    # A shorter precision may change to the exponent's form and be too long once more
    for _ in range(3):
        text = f"%- #{width}.{digits}g" % value
        if len(text) <= width:
            return text
        digits -= len(text) - width
        if digits < 2:
            break
    raise EvaluationError("a floating point number does not fit its text")
