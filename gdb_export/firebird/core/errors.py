"""Everything that the reader may raise.

FirebirdError
├── NotADatabase           the bytes are something else, and the message says what
│   └── NoHeader           they do not begin with a header page, nor like any other file known
├── UnsupportedDatabase    a database of a version or kind that this reader does not read
├── EncryptedDatabase      readable only with a key that is not in the file
├── UnreadableDatabase     damaged so far that no table can be found
│   └── DoubtfulHeader     where the header may be all that is wrong
├── Damage                 a page or record that contradicts itself; carries where
├── UnsupportedExpression  a computed column or default that is not evaluated; says why
└── EvaluationError        an expression or conversion that fails for one row, as in the engine
"""


class FirebirdError(Exception):
    """Base of all errors of the reader; its text is one line for a person."""


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
    """A contradiction found at a page, and at a slot of it where there is one."""

    def __init__(self, reason: str, page: int | None = None, slot: int | None = None) -> None:
        self.reason = reason
        self.page = page
        self.slot = slot
        where = "" if page is None else f"page {page}" + ("" if slot is None else f" slot {slot}")
        super().__init__(f"{where}: {reason}" if where else reason)

    def at(self, page: int, slot: int | None = None) -> "Damage":
        """The same damage with its place, where it did not know it yet."""
        return self if self.page is not None else Damage(self.reason, page, slot)


class UnsupportedExpression(FirebirdError):
    pass


class EvaluationError(FirebirdError):
    pass
