"""The verb for built-in functions, which are named."""

from job.firebird.blr import (
    bit_functions,
    date_functions,
    encoding_functions,
    math_functions,
    rounding_functions,
    string_functions,
)
from job.firebird.blr.math_functions import Builder
from job.firebird.blr.nodes import Node
from job.firebird.blr.parser import Parser, Reader
from job.firebird.blr.verbs import Verb
from job.firebird.errors import UnsupportedExpression

# Fewest and most arguments, and what makes a node of them
FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    **math_functions.FUNCTIONS,
    **rounding_functions.FUNCTIONS,
    **bit_functions.FUNCTIONS,
    **string_functions.FUNCTIONS,
    **encoding_functions.FUNCTIONS,
    "DATEADD": (3, 3, date_functions.dateadd),
    "DATEDIFF": (3, 3, date_functions.datediff),
    "FIRST_DAY": (2, 2, date_functions.first_day),
    "LAST_DAY": (2, 2, date_functions.last_day),
}


def _call(parser: Parser, _: Verb) -> Node:
    name = parser.code.name()
    if name not in FUNCTIONS:
        raise UnsupportedExpression(f"needs the function {name}")
    fewest, most, build = FUNCTIONS[name]
    arguments = parser.values(parser.code.u8())
    if not fewest <= len(arguments) <= most:
        raise UnsupportedExpression(f"calls {name} with {len(arguments)} arguments")
    return build(parser, *arguments)


READERS: dict[int, Reader] = {Verb.SYS_FUNCTION: _call}
