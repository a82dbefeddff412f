"""The objects that a catalogue defines, as plain values.

Texts are decoded; a source text is as its author wrote it. An empty string stands for no text.
"""

from typing import NamedTuple

from gdb_export.firebird.core.qualified_names import QualifiedName


class Key(NamedTuple):
    """A primary key or unique constraint; `index_name` is the index that enforces it."""

    name: str
    columns: tuple[str, ...]
    index_name: str


class ForeignKey(NamedTuple):
    """A foreign key; the rules are as in SQL: "RESTRICT", "CASCADE", "SET NULL" and others."""

    name: str
    columns: tuple[str, ...]
    table: QualifiedName
    referenced_columns: tuple[str, ...]
    update_rule: str
    delete_rule: str
    index_name: str


class Check(NamedTuple):
    """A CHECK constraint of a table; `source` begins with the word CHECK."""

    name: str
    source: str


class Index(NamedTuple):
    """An index. It has columns or an expression; `condition` is that of a partial index."""

    name: str
    columns: tuple[str, ...]
    expression: str
    condition: str
    is_unique: bool
    is_descending: bool
    is_active: bool
    description: str


class TableConstraints(NamedTuple):
    """The constraints and the indices of a table, each in the order of their names."""

    primary_key: Key | None = None
    unique_keys: tuple[Key, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indices: tuple[Index, ...] = ()


class ColumnDefinition(NamedTuple):
    """The definition of a column apart from its type.

    `domain` is empty unless the column was declared with a named domain. `default` begins with the
    word DEFAULT (or the sign =). `identity` is "ALWAYS", "BY DEFAULT" or empty. `collation` is
    empty for the one that has the name of its character set.
    """

    domain: str = ""
    description: str = ""
    default: str = ""
    computed: str = ""
    identity: str = ""
    base_column: str = ""
    collation: str = ""


class Domain(NamedTuple):
    """A domain that a user named."""

    name: QualifiedName
    description: str
    default: str
    check: str
    is_nullable: bool


class View(NamedTuple):
    """A view; `source` is its SELECT, without CREATE VIEW."""

    name: QualifiedName
    source: str
    description: str


class Program(NamedTuple):
    """A trigger, a procedure, a function or a package, by `kind`.

    `table` is the table of a trigger; `name` includes the package of a procedure or function.
    `source` is the source text, for a package that of its header; only a package has a `body`.
    """

    kind: str
    name: QualifiedName
    source: str
    description: str
    table: QualifiedName = QualifiedName("")
    body: str = ""
    is_active: bool = True


class DatabaseException(NamedTuple):
    """An exception that procedures and triggers raise."""

    name: QualifiedName
    message: str
    description: str


class Sequence(NamedTuple):
    """A sequence (generator); `value` is its present value, None if it can't be read."""

    name: QualifiedName
    value: int | None
    increment: int
    description: str


class Role(NamedTuple):
    """A role, and the user who created it."""

    name: str
    owner: str
    description: str


class Grant(NamedTuple):
    """A privilege of a user, role or program; `privilege` is a letter of RDB$USER_PRIVILEGES."""

    user: str
    privilege: str
    object: QualifiedName
    column: str
    with_grant_option: bool


class Collation(NamedTuple):
    """A collation that a user created."""

    name: str
    base: str
    attributes: str
    description: str
