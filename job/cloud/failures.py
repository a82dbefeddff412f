"""Which errors are the upload's own, in words for who uploaded it; all others may pass."""

from dataclasses import dataclass

from google.api_core.exceptions import Forbidden, GoogleAPICallError

from contract.job_document import document_id, document_path
from contract.results import ErrorCode
from job.cloud.gcs_source import SourceDenied, SourceGone
from job.firebird.errors import (
    EncryptedDatabase,
    FirebirdError,
    NotADatabase,
    UnsupportedDatabase,
)
from job.options import BadOption


@dataclass(frozen=True, slots=True)
class Failure:
    """What no other attempt would mend."""

    code: ErrorCode
    message: str
    replaced_by: str | None = None


_CODES: tuple[tuple[type[Exception], ErrorCode], ...] = (
    (BadOption, ErrorCode.BAD_OPTION),
    (NotADatabase, ErrorCode.NOT_A_DATABASE),
    (UnsupportedDatabase, ErrorCode.UNSUPPORTED_DATABASE),
    (EncryptedDatabase, ErrorCode.ENCRYPTED_DATABASE),
    (FirebirdError, ErrorCode.DAMAGED_DATABASE),
    (SourceDenied, ErrorCode.ACCESS_DENIED),
)


def lasting_failure(error: Exception, bucket: str, name: str) -> Failure | None:
    """None if another attempt may succeed. `bucket` and `name` are of the source."""
    if isinstance(error, SourceGone):
        return _gone(error, bucket, name)
    if isinstance(error, Forbidden):
        return Failure(
            ErrorCode.ACCESS_DENIED,
            f"the job may not write beside the upload: its service account needs "
            f"roles/storage.objectUser on gs://{bucket} ({error.message})",
        )
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Failure(code, str(error))
    return None


def passing_words(error: Exception) -> str:
    """Names an error that may pass, without any value that it may carry from the data."""
    if isinstance(error, GoogleAPICallError):
        return f"Google answered {error.code} {error.message}"
    return type(error).__name__


def _gone(error: SourceGone, bucket: str, name: str) -> Failure:
    if error.newer is None:
        return Failure(
            ErrorCode.SOURCE_GONE, f"{error} any more: it was removed before it was exported"
        )
    path = document_path(document_id(bucket, name, error.newer))
    message = f"{error} before it was exported; see the document {path}"
    return Failure(ErrorCode.SOURCE_REPLACED, message, path)
