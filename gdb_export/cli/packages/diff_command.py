"""gdb-export diff: shows the differences between two databases or exports."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

_SAME, _DIFFERENT, _TROUBLE = 0, 1, 2  # exit codes, as those of the program diff

Resources = dict[str, Mapping[str, Any]]


def add_diff_arguments(parser: argparse.ArgumentParser) -> None:
    help_text = "a database, or what was exported: a ZIP, or a folder with datapackage.json"
    parser.add_argument("old", metavar="OLD", help=help_text)
    parser.add_argument("new", metavar="NEW", help=help_text)
    parser.set_defaults(run=_diff, failure_code=_TROUBLE)


def _diff(arguments: argparse.Namespace) -> int:
    # imported late: docs/architecture.md
    from gdb_export.cli.packages.exported_package import exported_package

    old, new = exported_package(arguments.old), exported_package(arguments.new)
    lines = list(differences(old, new))
    for line in lines:
        print(line)
    if not lines:
        print("the same tables, columns, types and rows")
    return _DIFFERENT if lines else _SAME


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """One line for each table or column that was added, removed or changed.

    Two tables have equal content if their files have the same size and checksum. If the options of
    the exports differ, equal values may have different texts; the first line states it.
    """
    if _options(old) != _options(new):
        yield "the exports have different options: equal values may have different texts"
    before, after = _by_title(old), _by_title(new)
    for title in sorted(before.keys() | after.keys()):
        if title not in after:
            yield f"- {title}: {before[title]['rows']} rows"
        elif title not in before:
            yield f"+ {title}: {after[title]['rows']} rows"
        else:
            yield from _table_differences(title, before[title], after[title])


def _options(package: Mapping[str, Any]) -> dict[str, Any]:
    """The options that have an influence on the tables."""
    return {
        key: value for key, value in package.get("x-options", {}).items() if key != "schema-sql"
    }


def _by_title(package: Mapping[str, Any]) -> Resources:
    return {resource["title"]: resource for resource in package["resources"]}


def _table_differences(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _types(old), _types(new)
    for column in sorted(before.keys() - after.keys()):
        yield f"- {title}.{column}: {before[column]}"
    for column, type_ in after.items():
        if column not in before:
            yield f"+ {title}.{column}: {type_}"
        elif before[column] != type_:
            yield f"~ {title}.{column}: {before[column]} is now {type_}"
    if old["rows"] != new["rows"]:
        yield f"~ {title}: {old['rows']} rows are now {new['rows']} ({new['rows'] - old['rows']:+})"
    elif _content(old) != _content(new):
        yield f"~ {title}: {new['rows']} rows, other content"


def _types(resource: Mapping[str, Any]) -> dict[str, str]:
    return {field["name"]: field["x-firebird-type"] for field in resource["schema"]["fields"]}


def _content(resource: Mapping[str, Any]) -> Any:
    """Size and checksum of the table's file, or of each of its files."""
    return resource["bytes"], resource.get("hash"), resource.get("x-parts")
