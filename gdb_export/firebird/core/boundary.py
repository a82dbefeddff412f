"""Converts unexpected exceptions into Damage at the reader's public entries.

Explicit checks come first and name the contradiction. These decorators catch what the checks
missed: a bug must cost one record, not an export of a hundred tables. The fuzzers treat every
record of this module's logger as a failure.
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
    """The Damage for an unexpected exception, which is logged."""
    import logging  # imported late: docs/architecture.md

    logging.getLogger(__name__).debug("unexpected error", exc_info=error)
    return Damage(f"unexpected error ({type(error).__name__}: {error})")


def translate_unexpected(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorator: raise Damage instead of any exception in UNEXPECTED_ERRORS."""

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
    """The variant of translate_unexpected for generator functions: covers every item."""

    @wraps(function)
    def items(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Item]:
        try:
            yield from function(*args, **kwargs)
        except UNEXPECTED_ERRORS as error:
            raise unexpected(error) from error

    return items
