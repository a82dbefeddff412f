"""The source and options that identify an export in a bucket, and its result."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from google.cloud.storage import Blob

from gdb_export.export.finalise_zip import ExportResult


@dataclass(frozen=True, slots=True)
class Provenance:
    """The source and the options of an export. `job` is the path of the job document, `checksum`
    that of the source's content if it is known."""

    bucket: str
    name: str
    generation: str
    options: Mapping[str, Any]
    job: str
    checksum: str | None = None

    def metadata(self) -> dict[str, str]:
        """The custom metadata of a ZIP or manifest: ASCII, as headers of the XML API demand."""
        return {
            "source": quote(f"gs://{self.bucket}/{self.name}", safe="/:"),
            "source-generation": self.generation,
            "options-sha256": hashlib.sha256(
                json.dumps(dict(self.options), sort_keys=True).encode()
            ).hexdigest(),
            "job": self.job,
            **({"source-checksum": self.checksum} if self.checksum else {}),
        }

    def matches(self, blob: Blob) -> bool:
        """Whether the ZIP or manifest has the same source, generation and options."""
        stored = blob.metadata or {}
        expected = self.metadata()
        return all(
            stored.get(key) == expected[key]
            for key in ("source", "source-generation", "options-sha256")
        )

    def repeats(self, blob: Blob) -> bool:
        """Whether the export was made from the same content of this source with these options."""
        stored = blob.metadata or {}
        expected = self.metadata()
        return self.checksum is not None and all(
            stored.get(key) == expected[key]
            for key in ("source", "source-checksum", "options-sha256")
        )

    def newer_generation(self, blob: Blob) -> str | None:
        """The generation of the source that the export was made from, if it is a newer generation
        of this source; else None."""
        stored = blob.metadata or {}
        generation = stored.get("source-generation", "")
        if stored.get("source") != self.metadata()["source"] or not generation.isdecimal():
            return None
        return generation if int(generation) > int(self.generation) else None


@dataclass(frozen=True, slots=True)
class PublishedExport:
    """The location of a complete export and its result, which may be that of an earlier
    execution. `uri` is a ZIP, or a prefix that ends in `/`; `folder` is the prefix beside a ZIP."""

    uri: str
    result: ExportResult
    folder: str | None = None

    def with_folder(self, folder: "PublishedExport") -> "PublishedExport":
        """The export to both formats; this one is the ZIP."""
        return PublishedExport(self.uri, self.result.with_folder(folder.result), folder.uri)


def result_from_manifest(package: Mapping[str, Any], size: int) -> ExportResult:
    """The result that a manifest describes; `size` is that of the export in bytes."""
    tables = package["resources"]
    return ExportResult(
        tables=len(tables),
        rows=sum(table["rows"] for table in tables),
        bytes=size,
        warnings=tuple(package["x-warnings"]),
        ods=package["x-source"]["ods"],
        damage=package.get("x-damage", {}).get("count", 0),
    )
