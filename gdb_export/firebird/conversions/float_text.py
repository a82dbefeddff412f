"""The engine's text of a FLOAT or DOUBLE in casts and concatenations."""

from gdb_export.firebird.core.errors import EvaluationError

WIDEST = 23  # the length of "-1.234567890123456E-300"
# Significant digits of FLOAT and DOUBLE
REAL_DIGITS = 8
DOUBLE_DIGITS = 16
# Firebird 2.1 was the first to remove the trailing blanks of C's left-justified format
ODS_WITHOUT_BLANKS = (11, 1)


def float_text(value: float, digits: int, ods: tuple[int, int], room: int, scale: int = 0) -> str:
    """The text for a target of `room` bytes; `digits` is REAL_DIGITS or DOUBLE_DIGITS.

    A negative `scale` belongs to a NUMERIC of dialect 1, which has fixed decimals if they fit.
    Raises EvaluationError if not even two digits fit.
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
    # With fewer digits the format may switch to an exponent and become too long again
    for _ in range(3):
        text = f"%- #{width}.{digits}g" % value
        if len(text) <= width:
            return text
        digits -= len(text) - width
        if digits < 2:
            break
    raise EvaluationError("a floating point number does not fit its text")
