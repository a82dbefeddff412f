"""Standard output and error of the process, made safe against closed and full streams.

A command that can't report its progress still finishes its work, so write errors on standard error
are ignored. If the reader of standard output goes away, the command ends by SIGPIPE, like others.
"""

import io
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from typing import Any

# Controls except the tab, signs that reverse the direction of text, and lone surrogates
_UNPRINTABLE = re.compile(
    "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)

_OUTPUT, _ERROR = 1, 2


class _StandardFile(io.RawIOBase):
    """A file object for a descriptor. Write errors name it `standard output`, but those of
    standard error are ignored."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any, /) -> int:
        view = memoryview(data)
        try:
            return os.write(self._descriptor, view)
        except OSError as error:
            if self._descriptor == _ERROR:
                return len(view)
            raise OSError(error.errno, error.strerror, "standard output") from error


def run_with_streams(main: Callable[[], int], fail: Callable[[str], int]) -> int:
    """Run the command and write out standard output. `fail` reports an error in one line."""
    _reserve_descriptors()
    if sys.platform != "win32":  # a console of Windows needs Python's own streams
        sys.stdout = _stream(_OUTPUT, sys.stdout)
        sys.stderr = _stream(_ERROR, sys.stderr)
    try:
        try:
            code = main()
        except SystemExit as ended:  # raised by argparse
            code = ended.code if isinstance(ended.code, int) else 1
        sys.stdout.flush()
    except BrokenPipeError:
        return _end_by_broken_pipe()
    except OSError as error:
        _drop_output()
        return fail(f"standard output: {error.strerror}")
    return code


def print_result(line: str) -> None:
    """Print a line on standard output. Errors are ignored: the command's work is already done."""
    try:
        print(line, flush=True)
    except OSError:
        _drop_output()


def _reserve_descriptors() -> None:
    """Open the descriptors that the caller closed (`2>&-`), so that no file of the export gets one.

    They are opened for reading: a write to a closed standard output stays an error.
    """
    for descriptor in (0, _OUTPUT, _ERROR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)


def _stream(descriptor: int, existing: Any) -> io.TextIOWrapper:
    """A text stream that takes every character. `existing`, which has the encoding, is None if
    the caller closed the stream."""
    return io.TextIOWrapper(
        io.BufferedWriter(_StandardFile(descriptor)),
        getattr(existing, "encoding", None) or "utf-8",
        "backslashreplace",
        line_buffering=descriptor == _ERROR or os.isatty(descriptor),
    )


def _end_by_broken_pipe() -> int:
    _drop_output()
    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    return 1


def _drop_output() -> None:
    """Redirect standard output to the null device: the flush at the end of the process succeeds."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _OUTPUT)


def json_text(document: object) -> str:
    """JSON for standard output, in ASCII unless its encoding has all characters."""
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
    is_ascii = not encoding.startswith("utf")
    return json.dumps(document, ensure_ascii=is_ascii, indent=1, default=str)


def print_json(document: object) -> None:
    print(json_text(document))


def escaped(line: str) -> str:
    r"""The line with each control character as `\x1b` or `\u202e`.

    Names of tables and columns come from the file: an escape sequence in one could change the title
    or the colours of the terminal, and a line feed could forge a line of the command.
    """
    return _UNPRINTABLE.sub(_escape, line)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
