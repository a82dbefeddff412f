"""The catalogue: system tables in, tables and columns out.

Old files have equal or missing positions, NULL charsets and names that are no UTF-8: what can
be read is read. `Rows` are dictionaries from a system table's field names, without RDB$.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from job.firebird import charsets, ods
from job.firebird.columns import Column, Table, TableKind
from job.firebird.damage import DamageLog
from job.firebird.errors import Damage
from job.firebird.formats import Descriptor, Format
from job.firebird.layout import user_format
from job.firebird.ods import Dtype
from job.firebird.system_rows import Row

EMPTY_BLOB = bytes(8)
_MOST_COLUMNS = 32767  # field ids are 16 bits
_MOST_DIMENSIONS = 16
_FORMAT_NUMBERS = range(256)  # a record has a byte for it
_SCALES = range(-128, 128)
_TEMPORARY_TYPES = (4, 5)
_VIRTUAL_TYPE = 3


class Catalogue:
    """Built from the rows of RDB$RELATIONS, RDB$RELATION_FIELDS, RDB$FIELDS, RDB$FORMATS and
    RDB$FIELD_DIMENSIONS; `read_format` gives the format of a blob id, `read_blob` its bytes.
    `alignment` is the most that a field is aligned to."""

    def __init__(
        self,
        rows: Callable[[int], Iterable[Row]],
        read_format: Callable[[bytes], Format],
        read_blob: Callable[[bytes], bytes],
        log: DamageLog,
        alignment: int = 8,
    ) -> None:
        self._alignment = alignment
        self._made: dict[tuple[object, ...], Column] = {}
        self._read_format = read_format
        self._read_blob = read_blob
        self._log = log
        self._fields = {row["FIELD_NAME"]: row for row in rows(ods.RELATION_FIELDS)}
        self._columns: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows(ods.RELATION_RELATION_FIELDS):
            self._columns[row["RELATION_NAME"]].append(row)
        self._formats: defaultdict[int, dict[int, bytes]] = defaultdict(dict)
        for row in rows(ods.RELATION_FORMATS):
            if (row["FORMAT"] or 0) in _FORMAT_NUMBERS:
                self._formats[row["RELATION_ID"]][row["FORMAT"] or 0] = row["DESCRIPTOR"]
        self._dimensions: defaultdict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
        self.relations = list(rows(ods.RELATION_RELATIONS))

    def add_dimensions(self, rows: Iterable[Row]) -> None:
        """Bounds of arrays, from RDB$FIELD_DIMENSIONS."""
        for row in rows:
            name, dimension = row.get("FIELD_NAME"), row.get("DIMENSION")
            bounds = row.get("LOWER_BOUND"), row.get("UPPER_BOUND")
            if not isinstance(name, str) or not isinstance(dimension, int):
                continue
            if dimension in range(_MOST_DIMENSIONS):
                low, high = (bound if isinstance(bound, int) else 0 for bound in bounds)
                self._dimensions[name][dimension] = low, high

    def relation_ids(self) -> set[int]:
        """Numbers of all tables, of the system's too."""
        return {row["RELATION_ID"] for row in self.relations if row["RELATION_ID"] is not None}

    def add_relation(self, name: str, number: int) -> None:
        """A row of RDB$RELATIONS for a table that lost its own."""
        row = dict.fromkeys(("SYSTEM_FLAG", "VIEW_BLR", "EXTERNAL_FILE", "OWNER_NAME"))
        found = {"RELATION_NAME": name, "RELATION_ID": number}
        self.relations.append({**row, **found, "FORMAT": max(self._formats[number])})

    def latest_format(self, number: int) -> Format | None:
        """The last format of a table, None where it can't be read."""
        with suppress(Damage):
            if formats := self._formats.get(number):
                return self._read_format(formats[max(formats)])
        return None

    def nameless_columns(self) -> Iterator[tuple[str, dict[int, Descriptor]]]:
        """The declared types by field id of each table that has columns, but no row in
        RDB$RELATIONS. Views are left out: their columns have base fields."""
        known = {row["RELATION_NAME"] for row in self.relations}
        for name, rows in self._columns.items():
            if name and name not in known and not any(row["BASE_FIELD"] for row in rows):
                domains = {row["FIELD_ID"]: self._fields.get(row["FIELD_SOURCE"]) for row in rows}
                yield (
                    name,
                    {
                        number: declared_descriptor(domain or {})
                        for number, domain in domains.items()
                        if number is not None
                    },
                )

    def system_fields(self, relation_name: str) -> list[tuple[str, Descriptor]]:
        """Names and types of the fields of a system table, in the order of the field ids."""
        rows = sorted(self._columns.get(relation_name, ()), key=lambda row: row["FIELD_ID"] or 0)
        return [
            (
                str(row["FIELD_NAME"]).removeprefix("RDB$"),
                declared_descriptor(self._fields[row["FIELD_SOURCE"]]),
            )
            for row in rows
            if row["FIELD_SOURCE"] in self._fields
        ]

    def user_tables(self) -> list[Table]:
        """All tables that are not the system's, in name order; views among them."""
        found: dict[str, Table] = {}
        seen: set[int] = set()
        for row in self.relations:
            if row["SYSTEM_FLAG"]:
                continue
            name, relation = row["RELATION_NAME"], row["RELATION_ID"]
            if not name or relation is None or relation < 0:
                self._log.add(Damage(f"a table without {'a number' if name else 'a name'}"))
                continue
            if name in found or relation in seen:
                self._log.add(Damage(f"the table {name} stands twice in the catalogue"))
                continue
            seen.add(relation)
            found[name] = self._table(row)
        self._made.clear()
        return [found[name] for name in sorted(found)]

    def _table(self, row: Row) -> Table:
        relation = row["RELATION_ID"]
        formats = self._formats.get(relation, {})
        current = row["FORMAT"] or 0
        known = current if current in formats else max(formats, default=current)
        if not self._log.count:
            current = known
        declared = self._current_format(row["RELATION_NAME"], formats.get(known))
        kind, made = self._kind(row), None
        is_lost = self._log.count and (declared is None or (current and known != current))
        if is_lost and kind is TableKind.TABLE:
            made = self._made_format(row)
        return Table(
            name=row["RELATION_NAME"],
            relation=relation,
            kind=kind,
            format=current,
            columns=tuple(self._table_columns(row["RELATION_NAME"], made or declared)),
            owner=row["OWNER_NAME"] or "",
            external_file=row["EXTERNAL_FILE"] or "",
            formats=formats,
            made_format=made,
        )

    def _kind(self, row: Row) -> TableKind:
        if has_blob(row["VIEW_BLR"]):
            return TableKind.VIEW
        if row["EXTERNAL_FILE"]:
            return TableKind.EXTERNAL
        relation_type = row.get("RELATION_TYPE")
        if relation_type in _TEMPORARY_TYPES:
            return TableKind.TEMPORARY
        if relation_type == _VIRTUAL_TYPE:
            return TableKind.VIRTUAL
        return TableKind.TABLE

    def _current_format(self, name: str, blob: bytes | None) -> Format | None:
        if blob is None:
            return None
        try:
            return self._read_format(blob)
        except Damage as damage:
            self._log.add(Damage(f"the current format of {name} is lost: {damage}"))
            return None

    def _made_format(self, row: Row) -> Format | None:
        """The current format as the engine made it: of all columns that the table has. One that
        had more before keeps the numbers of those, and it is not known what else is missing."""
        name = row["RELATION_NAME"]
        rows = sorted(self._columns.get(name, ()), key=lambda one: one["FIELD_ID"] or 0)
        domains = [self._fields.get(one["FIELD_SOURCE"], {}) for one in rows]
        ids = [one["FIELD_ID"] for one in rows]
        if not rows or ids != list(range(row.get("FIELD_ID") or 0)) or not all(domains):
            return None
        computed = {at for at, one in enumerate(domains) if has_blob(one.get("COMPUTED_BLR"))}
        collations = [one.get("COLLATION_ID") for one in rows]
        fields = list(map(declared_descriptor, domains, collations))
        if not all(one.is_present for one in fields):
            return None
        try:
            made = user_format(fields, computed, self._alignment)
        except Damage:
            return None
        self._log.add(Damage(f"the current format of {name} is lost: it is made of its columns"))
        return made

    def _table_columns(self, name: str, declared: Format | None) -> Iterable[Column]:
        rows = [row for row in self._columns.get(name, ()) if row["FIELD_ID"] is not None]
        rows.sort(key=_by_position)
        seen: set[int] = set()
        for row in rows:
            if row["FIELD_ID"] in seen or row["FIELD_ID"] < 0:
                continue
            seen.add(row["FIELD_ID"])
            domain = self._fields.get(row["FIELD_SOURCE"])
            if domain is None or not row["FIELD_NAME"]:
                what = "name" if domain else "type"
                self._log.add(Damage(f"the {what} of column {_name(row)} of {name} is lost"))
            yield self._column(row, domain or {}, declared)
        # in a sound file the columns are those of the current format, whatever that looks like
        if declared is not None and self._log.count:
            yield from self._nameless_columns(name, declared, seen)

    def _nameless_columns(self, table: str, declared: Format, named: set[int]) -> Iterable[Column]:
        """Columns whose rows in RDB$RELATION_FIELDS are lost; the format still has their types."""
        for field_id, one in enumerate(declared.descriptors[:_MOST_COLUMNS]):
            if one.is_stored and field_id not in named:
                column = Column(f"FIELD_{field_id}", field_id, one, _charset(one, {}))
                self._log.add(Damage(f"the name of a column of {table} is lost: {column.name}"))
                yield column

    def _column(self, row: Row, domain: Row, declared: Format | None) -> Column:
        """Equal columns of several tables are the same object, which is soon compared."""
        field_id = row["FIELD_ID"]
        descriptor = None
        if declared is not None and field_id < len(declared.descriptors):
            descriptor = declared.descriptors[field_id]
        if descriptor is None or not descriptor.is_present:
            descriptor = declared_descriptor(domain, row.get("COLLATION_ID"))
        is_nullable = not (row["NULL_FLAG"] or domain.get("NULL_FLAG"))
        dimensions = self._dimensions.get(row["FIELD_SOURCE"])
        values = (
            _name(row),
            field_id,
            descriptor,
            _charset(descriptor, domain),
            is_nullable,
            domain.get("FIELD_PRECISION") or 0,
            tuple(bounds for _, bounds in sorted(dimensions.items())) if dimensions else (),
            self._blr(domain.get("COMPUTED_BLR")),
            None
            if is_nullable
            else self._blr(row["DEFAULT_VALUE"]) or self._blr(domain.get("DEFAULT_VALUE")),
        )
        column = self._made.get(values)
        if column is None:
            column = self._made[values] = Column(*values)
        return column

    def _blr(self, blob: bytes | None) -> bytes | None:
        """The expression that a blob holds; b"" if it can't be read, None if there is none."""
        if not has_blob(blob):
            return None
        try:
            return self._read_blob(blob or b"")
        except Damage as damage:
            self._log.add(Damage(f"an expression of the catalogue is lost: {damage}"))
            return b""


def declared_descriptor(domain: Row, collation: int | None = None) -> Descriptor:
    """The type that RDB$FIELDS declares; what is not there reads as an unknown type. A column may
    have a collation of its own."""
    dtype = ods.DTYPE_OF_FIELD_TYPE.get(domain.get("FIELD_TYPE") or 0, Dtype.NONE)
    length = (domain.get("FIELD_LENGTH") or 0) & 0xFFFF
    if domain.get("DIMENSIONS"):
        dtype, length = Dtype.ARRAY, 8
    if dtype in ods.TEXT_TYPES:
        length += 2 if dtype == Dtype.VARYING else 0
        if collation is None:
            collation = domain.get("COLLATION_ID") or 0
        charset = (domain.get("CHARACTER_SET_ID") or 0) & 0xFF
        return Descriptor(dtype, 0, length, (collation & 0xFF) << 8 | charset)
    length = ods.DTYPE_LENGTH.get(dtype, length)
    scale = domain.get("FIELD_SCALE") or 0
    sub_type = domain.get("FIELD_SUB_TYPE") or 0
    return Descriptor(dtype, scale if scale in _SCALES else 0, length, sub_type)


def has_blob(blob: bytes | None) -> bool:
    """A blob that is not there may be NULL, or an id of zeros."""
    return blob is not None and blob != EMPTY_BLOB


def _name(row: Row) -> str:
    """A column's name; one that lost it is called by its field id."""
    return row["FIELD_NAME"] or f"FIELD_{row['FIELD_ID']}"


def _by_position(row: Row) -> tuple[int, int]:
    position = row["FIELD_POSITION"]
    return (1 << 15 if position is None else position, row["FIELD_ID"])


def _charset(descriptor: Descriptor, domain: Row) -> int:
    if descriptor.dtype in ods.TEXT_TYPES:
        return descriptor.charset_id
    return (domain.get("CHARACTER_SET_ID") or charsets.NONE) & 0xFF
