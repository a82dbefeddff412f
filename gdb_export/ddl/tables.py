"""The tables of an export as its manifest describes them, and their names in the target."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TYPE = re.compile(r"[A-Z0-9_]+(?: PRECISION)?")
_SIZES = re.compile(r"\((\d+)(?:,(\d+))?\)")


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column. `name` is that of the target, `source_name` that of the source.

    `base_type` is Firebird's type without sizes, such as NUMERIC; `size` its length or precision.
    `stored_digits` are those that the integer of a NUMERIC can hold, more than declared; 0 if it is
    stored as a double, None if the manifest, of an older version, does not say.
    `encoding` is that of binary values in a CSV, empty for other columns.
    """

    name: str
    source_name: str
    firebird_type: str
    base_type: str
    size: int
    scale: int
    stored_digits: int | None
    is_array: bool
    is_binary: bool
    encoding: str
    is_required: bool
    field: Mapping[str, Any]

    @property
    def is_zoned(self) -> bool:
        return "TIME ZONE" in self.firebird_type


@dataclass(frozen=True, slots=True)
class TargetKey:
    """A primary key, unique or foreign key; `table` and `referenced` are set for a foreign key."""

    name: str
    columns: tuple[str, ...]
    table: str = ""
    referenced: tuple[str, ...] = ()
    on_update: str = ""
    on_delete: str = ""


@dataclass(frozen=True, slots=True)
class TargetTable:
    """A table: `paths` are its files, `size` the bytes of its CSV."""

    name: str
    source_name: str
    description: str
    paths: tuple[str, ...]
    is_parquet: bool
    size: int
    columns: tuple[TargetColumn, ...]
    primary_key: TargetKey | None
    unique_keys: tuple[TargetKey, ...]
    foreign_keys: tuple[TargetKey, ...]
    resource: Mapping[str, Any]


class Namer:
    """Gives each name of one scope a valid name of its own; reports the changed ones.

    `clean` makes a name valid. Two names are equal in the target if `fold` gives the same text for
    both: it returns the name itself if the target distinguishes case.
    """

    def __init__(
        self,
        clean: Callable[[str], str],
        fold: Callable[[str], str],
        max_bytes: int,
        report: Callable[[str, str], None],
    ) -> None:
        self._clean = clean
        self._fold = fold
        self._max_bytes = max_bytes
        self._report = report
        self._taken: set[str] = set()

    def names(
        self,
        sources: Sequence[str],
        choose: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
    ) -> list[str]:
        """The names in the target: those that `choose` gives. Without `choose`, valid names stay,
        and the others are made valid and get a number if the result is taken."""
        if choose is not None:
            chosen = choose(sources)
            for source in sources:
                if chosen[source] != source:
                    self._report(source, chosen[source])
            return [chosen[source] for source in sources]
        cleaned = [_cut(self._clean(source), self._max_bytes) for source in sources]
        # names that stay as they are come first
        order = sorted(range(len(sources)), key=lambda index: cleaned[index] != sources[index])
        names = list(cleaned)
        for index in order:
            name, count = cleaned[index], 0
            while self._fold(name) in self._taken:
                count += 1
                suffix = f"_{count}"
                name = _cut(cleaned[index], self._max_bytes - len(suffix)) + suffix
            self._taken.add(self._fold(name))
            names[index] = name
            if name != sources[index]:
                self._report(sources[index], name)
        return names


def _cut(name: str, max_bytes: int) -> str:
    return name.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class NameRules:
    """The rules of a target for names; `shares_names` if keys and tables share one scope.

    `table_names` and `column_names` choose all names of a scope at once; where they are None, Namer
    chooses them.
    """

    clean: Callable[[str], str]
    fold: Callable[[str], str]
    max_bytes: int
    shares_names: bool = False
    table_names: Callable[[Sequence[str]], Mapping[str, str]] | None = None
    column_names: Callable[[Sequence[str]], Mapping[str, str]] | None = None


def target_tables(
    package: Mapping[str, Any], rules: NameRules, report: Callable[[str], None]
) -> list[TargetTable]:
    """The tables of a manifest under names that the target accepts; changes are reported."""
    resources = package["resources"]
    scope = Namer(
        rules.clean,
        rules.fold,
        rules.max_bytes,
        lambda source, name: report(f"the table {source} is named {name}"),
    )
    names = scope.names([resource["title"] for resource in resources], rules.table_names)
    keys = scope if rules.shares_names else _key_namer(rules)
    columns = [_columns(resource, rules, report) for resource in resources]
    by_resource = {
        resource["name"]: (name, _names(of_table))
        for resource, name, of_table in zip(resources, names, columns, strict=True)
    }
    return [
        _table(resource, name, of_table, keys, by_resource)
        for resource, name, of_table in zip(resources, names, columns, strict=True)
    ]


def _key_namer(rules: NameRules) -> Namer:
    return Namer(rules.clean, rules.fold, rules.max_bytes, lambda source, name: None)


def _columns(
    resource: Mapping[str, Any], rules: NameRules, report: Callable[[str], None]
) -> tuple[TargetColumn, ...]:
    title, fields = resource["title"], resource["schema"]["fields"]
    namer = Namer(
        rules.clean,
        rules.fold,
        rules.max_bytes,
        lambda source, name: report(f"the column {title}.{source} is named {name}"),
    )
    names = namer.names([field["name"] for field in fields], rules.column_names)
    return tuple(target_column(field, name) for field, name in zip(fields, names, strict=True))


def target_column(field: Mapping[str, Any], name: str) -> TargetColumn:
    """The column that a field of the manifest describes, named `name` in the target."""
    firebird_type = field["x-firebird-type"]
    base = _TYPE.match(firebird_type)
    sizes = _SIZES.search(firebird_type)
    is_blob = firebird_type.startswith("BLOB")
    is_text_blob = firebird_type.startswith("BLOB SUB_TYPE 1") and "OCTETS" not in firebird_type
    return TargetColumn(
        name=name,
        source_name=field["name"],
        firebird_type=firebird_type,
        base_type=base[0] if base else "",
        size=int(sizes[1]) if sizes else 0,
        scale=int(sizes[2] or 0) if sizes else 0,
        stored_digits=field.get("x-stored-digits"),
        is_array=firebird_type.startswith("ARRAY"),
        is_binary=(is_blob and not is_text_blob) or firebird_type.endswith("SET OCTETS"),
        encoding=field.get("x-encoding", ""),
        is_required=field.get("constraints", {}).get("required", False),
        field=field,
    )


def _names(columns: Iterable[TargetColumn]) -> dict[str, str]:
    return {column.source_name: column.name for column in columns}


def _table(
    resource: Mapping[str, Any],
    name: str,
    columns: tuple[TargetColumn, ...],
    keys: Namer,
    by_resource: Mapping[str, tuple[str, dict[str, str]]],
) -> TargetTable:
    schema, by_source = resource["schema"], _names(columns)
    path = resource["path"]
    primary = schema.get("primaryKey")
    unique = schema.get("uniqueKeys", [])
    key_names = resource.get("x-unique-key-names", [f"{name}_unique"] * len(unique))
    primary_key = None
    if primary:
        (key_name,) = keys.names([resource.get("x-primary-key-name", f"{name}_key")])
        primary_key = TargetKey(key_name, tuple(by_source[column] for column in primary))
    foreign_keys = []
    for key in schema.get("foreignKeys", []):
        target, target_columns = by_resource[key["reference"]["resource"]]
        (key_name,) = keys.names([key.get("x-name", f"{name}_reference")])
        foreign_keys.append(
            TargetKey(
                key_name,
                tuple(by_source[column] for column in key["fields"]),
                target,
                tuple(target_columns[column] for column in key["reference"]["fields"]),
                key.get("x-on-update", ""),
                key.get("x-on-delete", ""),
            )
        )
    return TargetTable(
        name=name,
        source_name=resource["title"],
        description=resource.get("description", ""),
        paths=tuple(path) if isinstance(path, list) else (path,),
        is_parquet=resource["format"] == "parquet",
        size=resource["bytes"],
        columns=columns,
        primary_key=primary_key,
        unique_keys=tuple(
            TargetKey(key_name, tuple(by_source[column] for column in columns_of_key))
            for key_name, columns_of_key in zip(keys.names(key_names), unique, strict=True)
        ),
        foreign_keys=tuple(foreign_keys),
        resource=resource,
    )
