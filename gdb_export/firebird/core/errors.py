"""Errors of the reader.

FirebirdError
├── NotADatabase           another type of file, which the message names
│   └── NoHeader           no header page, and no known type of file
├── UnsupportedDatabase    a database of a version or kind that is not supported
├── EncryptedDatabase      readable only with a key that is not in the file
├── UnreadableDatabase     too damaged to find any table
│   └── DoubtfulHeader     the header page may be the only damaged page
├── Damage                 a contradiction in a page or record, with page and slot
├── UnsupportedExpression  a computed column or default that is not evaluated, with the reason
│   └── UnsupportedCollation
├── EvaluationError        an expression or conversion that fails for one row, as in the engine
└── OutOfRange             a value that the type of the output can't hold
"""


class FirebirdError(Exception):
    """Base of all errors of the reader; its message is one line for the user."""


class NotADatabase(FirebirdError):
    pass


class NoHeader(NotADatabase):
    pass


class UnsupportedDatabase(FirebirdError):
    pass


class EncryptedDatabase(FirebirdError):
    pass


class UnreadableDatabase(FirebirdError):
    pass


class DoubtfulHeader(UnreadableDatabase):
    pass


class Damage(FirebirdError):
    """A contradiction in the file, with its page and slot where they are known.

    `costs_row`: it costs at most one row. `column`: it costs one field of a row, which is NULL.
    """

    def __init__(
        self,
        reason: str,
        page: int | None = None,
        slot: int | None = None,
        costs_row: bool = False,
        column: str | None = None,
    ) -> None:
        self.costs_row = column is None and (costs_row or slot is not None)
        self.reason = reason
        self.page = page
        self.slot = slot
        self.column = column
        numbered = {"page": page, "slot": slot, "column": column}
        where = " ".join(f"{noun} {value}" for noun, value in numbered.items() if value is not None)
        super().__init__(f"{where}: {reason}" if where else reason)

    def at(self, page: int, slot: int | None = None) -> "Damage":
        """The same damage with page and slot, unless it already has a page."""
        if self.page is not None:
            return self
        return Damage(self.reason, page, slot, column=self.column)

    def of_field(self, column: str) -> "Damage":
        """This damage as the damage of one column's value. If it has page and slot, they become
        part of the reason."""
        return Damage(str(self), column=column)


class UnsupportedExpression(FirebirdError):
    pass


class UnsupportedCollation(UnsupportedExpression):
    """An order or search by a collation whose tables are not implemented."""

    def __init__(self, charset_id: int, collation_id: int) -> None:
        self.charset_id = charset_id
        self.collation_id = collation_id
        super().__init__(
            f"compares texts by collation {collation_id} of character set {charset_id}"
        )


class EvaluationError(FirebirdError):
    pass


class OutOfRange(FirebirdError):
    pass
