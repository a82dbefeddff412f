"""Escapes control characters in lines for a terminal.

Names of tables and columns come from the file: an escape sequence in one could change the title or
the colours of the terminal, and a line feed could forge a line of the command.
"""

import re

# Controls except the tab, signs that reverse the direction of text, and half surrogates
_UNPRINTABLE = re.compile(
    "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)


def escaped(line: str) -> str:
    """The line with each control character as `\\x1b` or `\\u202e`."""
    return _UNPRINTABLE.sub(_escape, line)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
