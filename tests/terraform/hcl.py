"""Parses terraform/, for tests that compare it with the Python code."""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
from hcl2.utils import SerializationOptions

PROJECT = Path(__file__).resolve().parents[2]
_PLAIN = SerializationOptions(
    with_comments=False, explicit_blocks=False, strip_string_quotes=True, preserve_heredocs=False
)


@functools.cache
def _files() -> tuple[Mapping[str, Any], ...]:
    files = sorted((PROJECT / "terraform").glob("*.tf"))
    return tuple(
        hcl2.loads(file.read_text(encoding="utf-8"), serialization_options=_PLAIN) for file in files
    )


def all_resources() -> Iterator[tuple[str, str, Any]]:
    """Type, name and body of each resource."""
    for file in _files():
        for block in file.get("resource", ()):
            for kind, named in block.items():
                for name, body in named.items():
                    yield kind, name, body


def has_provider_blocks() -> bool:
    return any("provider" in file for file in _files())


def resources(kind: str) -> dict[str, Any]:
    """The resources of a type, by name."""
    return {
        name: body
        for file in _files()
        for block in file.get("resource", ())
        for name, body in block.get(kind, {}).items()
    }


def blocks(kind: str) -> dict[str, Any]:
    """The variables or outputs, by name."""
    return {
        name: body
        for file in _files()
        for block in file.get(kind, ())
        for name, body in block.items()
    }


def local(name: str) -> Any:
    """A local value; expressions are text. Raises KeyError."""
    for file in _files():
        for block in file.get("locals", ()):
            if name in block:
                return block[name]
    raise KeyError(name)
