"""Classifies errors as transient, or as permanent failures with a message for the uploader."""

import re
from dataclasses import dataclass

from google.api_core.exceptions import Forbidden, GoogleAPICallError

from gdb_export.contract.job_document import document_id, document_path
from gdb_export.contract.options import METADATA_PREFIX
from gdb_export.contract.results import ErrorCode
from gdb_export.export.strictness import DamageRefused
from gdb_export.firebird.core.errors import (
    EncryptedDatabase,
    FirebirdError,
    NotADatabase,
    UnsupportedDatabase,
)
from gdb_export.gcs.gcs_source import SourceDenied, SourceGone
from gdb_export.options import BadOption

_WHEN_GRANTED = "When that is granted, upload the file again."


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure that every attempt would repeat. `replaced_by` is the path of the job
    document of a newer upload."""

    code: ErrorCode
    message: str
    replaced_by: str | None = None

    @property
    def cause(self) -> str:
        """The message without the advice to upload the file again once access is granted."""
        return self.message.removesuffix(f". {_WHEN_GRANTED}")


# Error code and advice by type of error; the first match counts.
_CODES: tuple[tuple[type[Exception], ErrorCode, str], ...] = (
    (BadOption, ErrorCode.BAD_OPTION, "Upload the file again with a valid option."),
    (
        NotADatabase,
        ErrorCode.NOT_A_DATABASE,
        "Upload the database itself, or a backup of it by gbak.",
    ),
    (
        UnsupportedDatabase,
        ErrorCode.UNSUPPORTED_DATABASE,
        "Upload it as a database of Firebird 1.0 to 6 or InterBase up to 15, or as a gbak backup of"
        " Firebird 1.0 to 6.",
    ),
    (EncryptedDatabase, ErrorCode.ENCRYPTED_DATABASE, "Decrypt the database and upload it again."),
    (
        DamageRefused,
        ErrorCode.DAMAGED_DATABASE,
        "Upload another copy of the file, or this one without export-strict.",
    ),
    (FirebirdError, ErrorCode.DAMAGED_DATABASE, "Upload another copy of the file."),
    (SourceDenied, ErrorCode.ACCESS_DENIED, _WHEN_GRANTED),
)
_URL_QUERY = re.compile(r"\?[^\s:]+")


def permanent_failure(error: Exception, bucket: str, name: str, prefix: str = "") -> Failure | None:
    """The failure, or None if another attempt may succeed. `bucket` and `name` are the source's,
    `prefix` is that of the collections of job documents."""
    if isinstance(error, SourceGone):
        return _source_gone(
            error, document_path(document_id(bucket, name, error.newer or ""), prefix)
        )
    if isinstance(error, Forbidden):
        return Failure(
            ErrorCode.ACCESS_DENIED,
            f"the job may not write to the bucket: its service account needs "
            f"roles/storage.objectUser on gs://{bucket} ({_answer(error)}). {_WHEN_GRANTED}",
        )
    for kind, code, advice in _CODES:
        if isinstance(error, kind):
            return Failure(code, f"{_message(error)}. {advice}")
    return None


def describe_transient(error: Exception) -> str:
    """The error's name, without its message, which may contain values of the data."""
    if isinstance(error, GoogleAPICallError):
        return f"Google answered {error.code} {_answer(error)}"
    return type(error).__name__


def _answer(error: GoogleAPICallError) -> str:
    """The message without the queries of URLs: the URL of an upload session permits writing."""
    return _URL_QUERY.sub("", str(error.message))


def _message(error: Exception) -> str:
    is_named = isinstance(error, BadOption) and error.option
    return f"{METADATA_PREFIX if is_named else ''}{error}"


def _source_gone(error: SourceGone, newer_path: str) -> Failure:
    if error.newer is None:
        return Failure(
            ErrorCode.SOURCE_GONE,
            f"{error} any more: it was removed before it was exported. Upload it again.",
        )
    message = f"{error} before it was exported; see the document {newer_path}"
    return Failure(ErrorCode.SOURCE_REPLACED, message, newer_path)
