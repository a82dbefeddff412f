"""Table descriptions of a backup: domains, relations and their fields.

A field's type is in its own record; the expression of a computed column, NOT NULL and, in old
backups, the character set are only in the record of its domain.
"""

from dataclasses import dataclass, field

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind, select_order, table_kind
from gdb_export.firebird.catalogue.declared_types import declared_type
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.charsets import decode_name
from gdb_export.firebird.core.errors import Damage, UnreadableDatabase, UnsupportedDatabase
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.gbak.row_layout import Field, RowLayout
from gdb_export.firebird.gbak.stream.record_types import (
    DatabaseAttribute,
    FieldAttribute,
    GeneratorAttribute,
    RecordType,
    RelationAttribute,
)
from gdb_export.firebird.gbak.stream.stream import Stream
from gdb_export.firebird.records.formats import Descriptor

# Domains and fields in all, and bytes of their attributes: bound the memory that a hostile file
# takes. A zipped backup can unpack to a thousand times its size, so the limits follow its length
# as it is stored: no engine's backup has a record for each two bytes, or 16 bytes of attributes for
# each byte.
_MAX_RECORDS = 1 << 20
_MIN_RECORDS, _BYTES_PER_RECORD = 1 << 15, 2
_MIN_KEPT, _KEPT_PER_BYTE = 32 << 20, 16
_MAX_FIELDS = 1 << 14  # of a table; engines allow fewer
_MAX_SEQUENCES = 32_767  # the highest number that an engine gives to a sequence
_KINDS_WITH_ROWS = (TableKind.TABLE, TableKind.TEMPORARY)

Attributes = dict[int, bytes]
FieldRecord = tuple[Attributes, list[tuple[int, int]]]  # attributes and bounds of an array


@dataclass(frozen=True, slots=True)
class BackupTable:
    """A table and the layout of its rows in the stream.

    `layout` is None if the table has no rows or they can't be read; in the latter case `refusal`
    is the reason. Tables of InterBase's old tools are described like users' tables, but have a
    system flag.
    """

    table: Table
    layout: RowLayout | None
    refusal: Damage | None = None
    is_system: bool = False


@dataclass(slots=True)
class Metadata:
    """The database and its tables by stored name, built from one record at a time. Stored names
    are not unique as texts: see `unique_texts`. `stored_bytes` is the size of the file.
    """

    is_transportable: bool
    ods_major: int = 13
    stored_bytes: int = 0
    page_size: int = 4096
    dialect: int = 3
    default_charset: str = "NONE"
    tables: dict[QualifiedName, BackupTable] = field(default_factory=dict)
    sequences: set[str] = field(default_factory=set)
    _domains: dict[QualifiedName, Attributes] = field(default_factory=dict)
    _record_count: int = 0
    _kept_bytes: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a named domain nor a named table with columns."""
        has_table = any(
            name.object and backup_table.table.columns for name, backup_table in self.tables.items()
        )
        return not has_table and not any(name.object for name in self._domains)

    def add(self, record_type: int, stream: Stream) -> None:
        """Read the rest of a record of this type, and its sub-records; raises Damage."""
        if record_type == RecordType.RELATION:
            self._add_relation(stream)
        elif record_type == RecordType.DOMAIN:
            domain = self._read_field(record_type, stream)[0]
            self._domains[_domain_name(domain, FieldAttribute.NAME)] = domain
        elif record_type == RecordType.DATABASE:
            self._add_database(dict(stream.attributes(record_type)))
        elif record_type == RecordType.PHYSICAL_DATABASE:
            self._add_physical_database(dict(stream.attributes(record_type)))
        elif record_type == RecordType.GENERATOR:
            add_sequence(self.sequences, stream)
        else:
            skip_record(record_type, stream)

    def _add_physical_database(self, attributes: Attributes) -> None:
        _refuse_interbase(attributes)
        size = _integer(attributes, DatabaseAttribute.PAGE_SIZE)
        self.page_size = size if size in ods.PAGE_SIZES else self.page_size
        self.dialect = 3 if _integer(attributes, DatabaseAttribute.DIALECT) == 3 else 1

    def _add_database(self, attributes: Attributes) -> None:
        self.default_charset = _name(attributes, DatabaseAttribute.DEFAULT_CHARSET) or "NONE"

    def _add_relation(self, stream: Stream) -> None:
        attributes = dict(stream.attributes(RecordType.RELATION))
        name = relation_name(attributes)
        try:
            fields = self._read_fields(stream)
        except Damage as damage:
            reason = f"the description of the table {name} is damaged: {damage.reason}"
            raise Damage(reason) from damage
        self.tables.setdefault(name, self._table(name, attributes, fields))

    def _read_fields(self, stream: Stream) -> list[FieldRecord]:
        fields: list[FieldRecord] = []
        while (record_type := stream.byte()) != RecordType.RELATION_END:
            if record_type == RecordType.FIELD:
                fields.append(self._read_field(record_type, stream))
            elif record_type == RecordType.VIEW:
                skip_record(record_type, stream)
            else:
                raise stream.damage(f"a record of type {record_type} among the fields of a table")
            if len(fields) > _MAX_FIELDS:
                raise stream.damage(f"a table of more than {_MAX_FIELDS} columns")
        return fields

    def _read_field(self, record_type: int, stream: Stream) -> FieldRecord:
        self._record_count += 1
        max_records = min(_MAX_RECORDS, _MIN_RECORDS + self.stored_bytes // _BYTES_PER_RECORD)
        if self._record_count > max_records:
            raise UnreadableDatabase(
                f"the backup describes more than {max_records} domains and columns, in a file of"
                f" {self.stored_bytes} bytes"
            )
        attributes: Attributes = {}
        bounds: list[tuple[int, int]] = []
        for attribute, value in stream.attributes(record_type):
            if attribute == FieldAttribute.UPPER and len(bounds) < ods.MAX_DIMENSIONS:
                lower = _signed(attributes.get(FieldAttribute.LOWER, b""))
                bounds.append((lower, _signed(value)))
            if attribute in _KEPT_ATTRIBUTES:
                attributes[attribute] = value
                self._kept_bytes += len(value)
        if self._kept_bytes > _MIN_KEPT + _KEPT_PER_BYTE * self.stored_bytes:
            raise UnreadableDatabase(
                f"the descriptions of domains and columns take more than {self._kept_bytes} bytes,"
                f" in a file of {self.stored_bytes} bytes"
            )
        return attributes, bounds

    def _table(
        self, name: QualifiedName, attributes: Attributes, fields: list[FieldRecord]
    ) -> BackupTable:
        columns = [self._column(index, *record) for index, record in enumerate(fields)]
        order = sorted(
            range(len(columns)), key=lambda index: self._column_order(index, fields[index][0])
        )
        table = Table(
            name=str(name),
            relation=len(self.tables),
            kind=_kind(attributes),
            format=0,
            columns=tuple(columns[index][0] for index in order),
            owner=_name(attributes, RelationAttribute.OWNER),
            external_file=_name(attributes, RelationAttribute.EXTERNAL_FILE),
            qualified_name=name,
        )
        is_system = bool(_integer(attributes, RelationAttribute.SYSTEM_FLAG))
        if table.kind not in _KINDS_WITH_ROWS:
            return BackupTable(table, None, is_system=is_system)
        try:
            row_fields = [row_field for _, row_field in columns]
            max_image = ods.MAX_IMAGES[self.ods_major]
            layout = RowLayout.of(row_fields, self.is_transportable, max_image)
        except Damage as damage:
            # a new exception: the traceback of this one is a reference cycle
            return BackupTable(table, None, Damage(damage.reason), is_system)
        return BackupTable(table, layout, is_system=is_system)

    def _column_order(self, index: int, attributes: Attributes) -> tuple[bool, int, int]:
        position = attributes.get(FieldAttribute.POSITION)
        field_number = _integer(attributes, FieldAttribute.NUMBER, index)
        signed = None if position is None else _signed(position)
        return select_order(signed, field_number, self.ods_major)

    def _column(
        self, index: int, attributes: Attributes, bounds: list[tuple[int, int]]
    ) -> tuple[Column, Field]:
        domain = self._domains.get(_domain_name(attributes, FieldAttribute.DOMAIN), {})
        charset = _integer_of_field_or_domain(attributes, domain, FieldAttribute.CHARSET) & 0xFF
        collation = _integer_of_field_or_domain(attributes, domain, FieldAttribute.COLLATION) & 0xFF
        is_array = FieldAttribute.DIMENSIONS in attributes
        element = _element(attributes, charset, collation)
        descriptor = Descriptor(Dtype.ARRAY, element.scale, 8) if is_array else element
        computed = None
        if _integer(attributes, FieldAttribute.IS_COMPUTED):
            computed = domain.get(FieldAttribute.COMPUTED_BLR, b"")
        column = Column(
            name=_name(attributes, FieldAttribute.NAME),
            field_id=index,
            descriptor=descriptor,
            charset=charset,
            is_nullable=not _integer(attributes, FieldAttribute.NULL_FLAG)
            and not _integer(domain, FieldAttribute.NULL_FLAG),
            precision=_integer(domain, FieldAttribute.PRECISION),
            dimensions=tuple(bounds) if is_array else (),
            computed=computed,
            element=element if is_array else None,
        )
        field_number = _integer(attributes, FieldAttribute.NUMBER, index)
        is_computed = computed is not None
        return column, Field(field_number, descriptor, is_computed, element, tuple(bounds))


def _refuse_interbase(attributes: Attributes) -> None:
    if DatabaseAttribute.ODS_MAJOR in attributes and DatabaseAttribute.ODS_MINOR in attributes:
        major = _integer(attributes, DatabaseAttribute.ODS_MAJOR)
        minor = _integer(attributes, DatabaseAttribute.ODS_MINOR)
        raise UnsupportedDatabase(
            f"a backup of an InterBase database, ODS {major}.{minor}: only those of Firebird, and"
            " of InterBase up to 6, can be read"
        )


def add_sequence(names: set[str], stream: Stream) -> None:
    """Read the rest of a GENERATOR record; add its name, unless the system made the sequence, as
    for an identity column."""
    attributes = dict(stream.attributes(RecordType.GENERATOR))
    name = decode_name(attributes.get(GeneratorAttribute.NAME, b""))
    is_users = not any(attributes.get(GeneratorAttribute.SYSTEM_FLAG, b""))
    if name and is_users and len(names) < _MAX_SEQUENCES:
        names.add(name)


def skip_record(record_type: int, stream: Stream) -> None:
    """Skip the rest of a record of this type; raises Damage if the type is unknown."""
    if record_type == RecordType.GENERATOR_VALUE:
        stream.skip(stream.byte())
    elif record_type in _TYPES_WITHOUT_ATTRIBUTES:
        pass
    elif record_type in _TYPES_WITH_ATTRIBUTES:
        for _ in stream.attributes(record_type):
            pass
    else:
        raise stream.damage(f"unknown record type {record_type}")


_TYPES_WITHOUT_ATTRIBUTES = (
    RecordType.FUNCTION_END,
    RecordType.PROCEDURE_END,
    RecordType.RELATION_END,
)
_TYPES_WITH_ATTRIBUTES = frozenset(RecordType) - {
    RecordType.DATA,
    RecordType.BLOB,
    RecordType.ARRAY,
    RecordType.END,
}
_KEPT_ATTRIBUTES = frozenset(
    {
        FieldAttribute.NAME,
        FieldAttribute.DOMAIN,
        FieldAttribute.TYPE,
        FieldAttribute.SUB_TYPE,
        FieldAttribute.LENGTH,
        FieldAttribute.SCALE,
        FieldAttribute.POSITION,
        FieldAttribute.COMPUTED_BLR,
        FieldAttribute.NUMBER,
        FieldAttribute.IS_COMPUTED,
        FieldAttribute.DIMENSIONS,
        FieldAttribute.LOWER,
        FieldAttribute.NULL_FLAG,
        FieldAttribute.CHARSET,
        FieldAttribute.COLLATION,
        FieldAttribute.PRECISION,
        FieldAttribute.SCHEMA,
    }
)


def _element(attributes: Attributes, charset: int, collation: int) -> Descriptor:
    """The declared type of a field; for an array, the type of its elements."""
    return declared_type(
        _integer(attributes, FieldAttribute.TYPE),
        _integer(attributes, FieldAttribute.LENGTH),
        _signed(attributes.get(FieldAttribute.SCALE, b"")),
        _signed(attributes.get(FieldAttribute.SUB_TYPE, b"")),
        charset,
        collation,
    )


def _kind(attributes: Attributes) -> TableKind:
    is_view = RelationAttribute.VIEW_BLR in attributes
    is_external = bool(attributes.get(RelationAttribute.EXTERNAL_FILE))
    is_of_package = bool(attributes.get(RelationAttribute.PACKAGE))
    relation_type = _integer(attributes, RelationAttribute.TYPE)
    return table_kind(is_view, is_external, relation_type, is_of_package)


def _integer(attributes: Attributes, attribute: int, default: int = 0) -> int:
    value = attributes.get(attribute)
    return default if value is None else int.from_bytes(value, "little")


def _integer_of_field_or_domain(field: Attributes, domain: Attributes, attribute: int) -> int:
    return _integer(field, attribute, _integer(domain, attribute))


def _signed(value: bytes) -> int:
    return int.from_bytes(value, "little", signed=True)


def relation_name(attributes: Attributes) -> QualifiedName:
    """The table of a RELATION or RELATION_DATA record."""
    return QualifiedName(
        _name(attributes, RelationAttribute.NAME),
        _name(attributes, RelationAttribute.SCHEMA),
        _name(attributes, RelationAttribute.PACKAGE),
    )


def _domain_name(attributes: Attributes, attribute: int) -> QualifiedName:
    return QualifiedName(_name(attributes, attribute), _name(attributes, FieldAttribute.SCHEMA))


def _name(attributes: Attributes, attribute: int) -> str:
    return decode_name(attributes.get(attribute, b""))
