"""The work that the expressions of one database may take, linear in the size of the file.

A small file can hold expressions that take far more work than its bytes: thousands of rows times
thousands of operators, a text of a megabyte made in each row, one expression of a domain that a
thousand columns share. So everything that repeats spends one budget: the operators of each row,
the rows that a subselect tests, the characters that a function of text reads or makes, and the
nodes that are parsed. Without budget an expression is NULL, with the reason in a warning.
"""

from collections.abc import Callable

from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression

# Steps of evaluation for each byte of the file, and the minimum for a small file. A step takes
# about a third of a microsecond. Ordinary rows take less than ten steps for each of their bytes.
STEPS_PER_BYTE, MIN_STEPS = 64, 10_000_000
# Nodes of parsed expressions for each byte of the file, and the minimum for a small file. Several
# workers parse the expressions of a table.
NODES_PER_BYTE, MIN_NODES = 8, 250_000
# Steps after which the caller may cancel
_CHECKPOINT_STEPS = 500_000
# A text of up to _SHORT_TEXT characters costs no steps besides that of its operator; a longer one
# costs one more step for each _CHARACTERS_PER_STEP
_SHORT_TEXT, _CHARACTERS_PER_STEP = 256, 8


def _no_checkpoint() -> None:
    pass


class EvaluationBudget:
    """Steps and nodes that are left. Shared by all tables and threads of a database."""

    def __init__(self, file_bytes: int, checkpoint: Callable[[], object] = _no_checkpoint) -> None:
        """`file_bytes` is the size of the file as it is stored. `checkpoint` is called at times
        during evaluation, so that a caller can cancel a long one by an exception."""
        self.steps_left = STEPS_PER_BYTE * file_bytes + MIN_STEPS
        self.nodes_left = NODES_PER_BYTE * file_bytes + MIN_NODES
        self._checkpoint = checkpoint
        self._next_checkpoint = self.steps_left - _CHECKPOINT_STEPS

    def spend(self, steps: int) -> None:
        """Spend steps of evaluation; raises EvaluationError if there are too few left."""
        self.steps_left -= steps
        if self.steps_left < 0:
            raise EvaluationError("it takes more work than the size of the database allows")
        if self.steps_left < self._next_checkpoint:
            self._next_checkpoint = self.steps_left - _CHECKPOINT_STEPS
            self._checkpoint()

    def spend_text(self, length: int) -> None:
        """Spend the steps of a text that is read or made, of `length` characters."""
        if length > _SHORT_TEXT:
            self.spend(length // _CHARACTERS_PER_STEP)

    def spend_node(self) -> None:
        """Spend a parsed node; raises UnsupportedExpression if there are too few left."""
        self.nodes_left -= 1
        if self.nodes_left < 0:
            raise UnsupportedExpression(
                "is one of too many: its database's expressions have more parts than its size"
                " allows"
            )
