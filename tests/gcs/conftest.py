"""The fixtures of this folder."""

from tests.stand_ins import bucket, documents, objects, server, short_replacement_waits

__all__ = ["bucket", "documents", "objects", "server", "short_replacement_waits"]
