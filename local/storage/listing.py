"""Lists objects by prefix, delimiter and glob, in pages, in the order of their names.

https://cloud.google.com/storage/docs/json_api/v1/objects/list
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.http_server import HttpError
from local.storage.objects import StoredObject
from local.storage.preconditions import integer_parameter

MAX_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; `prefixes` are the "folders" that result from a delimiter."""

    objects: tuple[StoredObject, ...]
    prefixes: tuple[str, ...]
    next_page_token: str | None


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Parameters of a list request; `after` is the last entry of the page before."""

    prefix: str = ""
    delimiter: str = ""
    glob: re.Pattern[str] | None = None
    start: str = ""
    end: str = ""
    after: str = ""
    page_size: int = MAX_PAGE_SIZE

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "ListQuery":
        """Raises HttpError 400."""
        glob = query.get("matchGlob")
        return cls(
            query.get("prefix", ""),
            query.get("delimiter", ""),
            re.compile(glob_pattern(glob), re.DOTALL) if glob else None,
            query.get("startOffset", ""),
            query.get("endOffset", ""),
            _decoded(query.get("pageToken", "")),
            min(integer_parameter(query, "maxResults") or MAX_PAGE_SIZE, MAX_PAGE_SIZE),
        )

    def selects(self, name: str) -> bool:
        return (
            name.startswith(self.prefix)
            and name >= self.start
            and (not self.end or name < self.end)
            and (self.glob is None or self.glob.fullmatch(name) is not None)
        )

    def folder(self, name: str) -> str | None:
        """The name up to the first delimiter after the requested prefix; None without one."""
        if not self.delimiter:
            return None
        head, delimiter, _ = name[len(self.prefix) :].partition(self.delimiter)
        return self.prefix + head + delimiter if delimiter else None


def list_objects(objects: Iterable[StoredObject], query: ListQuery) -> Listing:
    selected = {stored.name: stored for stored in objects if query.selects(stored.name)}
    entries = sorted({query.folder(name) or name for name in selected})
    entries = [entry for entry in entries if entry > query.after]
    page, rest = entries[: query.page_size], entries[query.page_size :]
    folders = {folder for name in selected if (folder := query.folder(name))}
    return Listing(
        tuple(selected[entry] for entry in page if entry not in folders),
        tuple(entry for entry in page if entry in folders),
        _encoded(page[-1]) if rest else None,
    )


def glob_pattern(glob: str) -> str:
    """The regular expression of a glob with `*` (no slash), `**`, `?`, `[a-z]`, `[!a]`, `{a,b}`."""
    depth = 0
    pattern = ""
    for token in re.findall(r"\*\*|\[[!^]?[^\]]+\]|.", glob, re.DOTALL):
        if token == "{":
            depth += 1
        pattern += _glob_token(token, depth)
        if token == "}" and depth:
            depth -= 1
    if depth:
        raise HttpError(400, f"Invalid glob: {glob}")
    return pattern


def _glob_token(token: str, depth: int) -> str:
    fixed = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if len(token) > 1:
        return "[" + token[1:-1].replace("!", "^", 1).replace("\\", "\\\\") + "]"
    if depth and token in "{,}":
        return {"{": "(?:", ",": "|", "}": ")"}[token]
    return re.escape(token)


def _encoded(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        raise HttpError(400, "Invalid page token") from None
