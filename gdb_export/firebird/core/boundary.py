"""The one door that nothing but our own errors goes through.

Checks come first, and name what is wrong. This is for what they did not foresee: a bug of ours
must cost a record, not an export of a hundred tables. The fuzzer listens to the logger and calls
everything that it hears a failure.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from struct import error as StructError
from typing import ParamSpec, TypeVar

from gdb_export.firebird.core.errors import Damage

UNEXPECTED_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    LookupError,
    MemoryError,
    RecursionError,
    StructError,
    TypeError,
    ValueError,
)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Item = TypeVar("Item")


def unexpected(error: BaseException) -> Damage:
    """Our error for one that Python raised."""
    import logging  # only here: this is not expected to happen

    logging.getLogger(__name__).debug("no check foresaw this", exc_info=error)
    return Damage(f"a contradiction that no check foresaw ({type(error).__name__}: {error})")


def translate_unexpected(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function with every error of Python's turned into Damage."""

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except UNEXPECTED_ERRORS as error:
            raise unexpected(error) from error

    return call


def translate_unexpected_items(
    function: Callable[Arguments, Iterator[Item]],
) -> Callable[Arguments, Iterator[Item]]:
    """The same for a generator function: for every item that it is asked for."""

    @wraps(function)
    def items(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Item]:
        try:
            yield from function(*args, **kwargs)
        except UNEXPECTED_ERRORS as error:
            raise unexpected(error) from error

    return items
