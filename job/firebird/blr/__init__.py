"""Computed columns and defaults: a parser and evaluator of the engine's binary language (BLR)."""

from job.firebird.blr.expression import Expression, parse
from job.firebird.blr.nodes import Context

__all__ = ["Context", "Expression", "parse"]
