"""A bucket: a folder of plain files, into which files can be dropped.

An object is a file under its own name and a sidecar record in another folder. A change writes the
content to a temporary file and its new record to `NAME.new`, renames the content into place,
announces the object and renames `NAME.new` to the record. After a crash the file's stamp (inode,
size, time of change) shows which of the two records is right. `announce` is called at least once
for each new object.
"""

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from local.http_server import HttpError
from local.storage.content import IncomingContent
from local.storage.objects import Checksums, Properties, Stamp, StoredObject, timestamp
from local.storage.preconditions import Preconditions

MAX_NAME_BYTES = 255  # of one part of a path in Linux file systems
# The folder, and the prefix of `StoredObject.file`, of objects whose names cannot be paths: their
# files have hashes as names
HASHED = "other"


class Bucket:
    """A bucket. Thread-safe. `announce` is called when an object is in place."""

    def __init__(
        self, name: str, folder: Path, state: Path, announce: Callable[[StoredObject], None]
    ) -> None:
        self.name = name
        self.folder = folder
        self._records = state / "records"
        self._hashed = state / HASHED
        self._settings = state / "bucket.json"
        self._announce = announce
        self._lock = threading.RLock()
        for directory in (folder, self._records, self._hashed):
            directory.mkdir(parents=True, exist_ok=True)
        self._objects = {stored.name: stored for stored in self._recover()}
        self._last_generation = max(
            (stored.generation for stored in self._objects.values()), default=0
        )

    # Reading

    def objects(self) -> dict[str, StoredObject]:
        with self._lock:
            return dict(self._objects)

    def get(self, name: str, generation: int | None = None) -> StoredObject:
        """The object. Raises HttpError 404, also if its generation is not `generation`."""
        stored = self.find(name)
        if stored is None or generation not in (None, stored.generation):
            raise HttpError(404, f"No such object: {self.name}/{name}")
        return stored

    def find(self, name: str) -> StoredObject | None:
        """The object; None if it does not exist or its file was removed or changed."""
        with self._lock:
            stored = self._objects.get(name)
        return stored if stored and Stamp.of(self.path(stored)) == stored.stamp else None

    def open(self, stored: StoredObject) -> BinaryIO:
        """The content of this generation. Raises HttpError 404 if it was replaced."""
        with contextlib.suppress(OSError):
            file = self.path(stored).open("rb")
            if Stamp.of_open(file.fileno()) == stored.stamp:
                return file
            file.close()
        raise HttpError(404, f"No such object: {self.name}/{stored.name}")

    def path(self, stored: StoredObject) -> Path:
        root = self._hashed if stored.file.startswith(f"{HASHED}:") else self.folder
        return root / stored.file.removeprefix(f"{HASHED}:")

    # Changes

    def put(
        self,
        name: str,
        content: IncomingContent,
        properties: Properties,
        conditions: Preconditions,
        component_count: int | None = None,
    ) -> StoredObject:
        """Store complete content as a new generation. Raises HttpError 400 or 412."""
        _check_name(name)
        with self._lock:
            current = self.find(name)
            conditions.check(current)
            self._check_retention(current)
            stored = self._describe(
                name, content.close(), properties, content.path, component_count
            )
            stored = self._move_into_place(stored, content.path)
            if current and current.file != stored.file:
                self.path(current).unlink(missing_ok=True)
            return stored

    def adopt(self, name: str, stamp: Stamp) -> StoredObject | None:
        """Make an object of a dropped file. Return None if the file has changed since `stamp`."""
        path = self.folder / name
        checksums = Checksums()
        with path.open("rb") as file:
            while data := file.read(1 << 20):
                checksums.update(data)
        with self._lock:
            known = self._objects.get(name)
            if Stamp.of(path) != stamp or (known and known.stamp == stamp):
                return None
            stored = self._describe(name, checksums, Properties(), path, None)
            stored = replace(stored, file=name)
            self._record(stored, lambda: None)
            return stored

    def patch(
        self, name: str, generation: int | None, conditions: Preconditions, patch: dict[str, Any]
    ) -> StoredObject:
        """Change the metadata; the generation stays. Raises HttpError 404 or 412."""
        with self._lock:
            current = self.get(name, generation)
            conditions.check(current)
            patched = replace(
                current,
                metageneration=current.metageneration + 1,
                updated=timestamp(),
                properties=current.properties.patched(patch),
            )
            self._write_record(patched, self._record_path(name))
            self._objects[name] = patched
            return patched

    def delete(self, name: str, generation: int | None, conditions: Preconditions) -> None:
        """Delete an object. Raises HttpError 404 or 412."""
        with self._lock:
            current = self.get(name, generation)
            conditions.check(current)
            self._check_retention(current)
            self.path(current).unlink(missing_ok=True)
            self.forget(current)
            self._remove_empty_folders(self.path(current).parent)

    def forget(self, stored: StoredObject) -> None:
        """Remove the record of an object whose file is gone."""
        with self._lock:
            if self._objects.get(stored.name) == stored:
                del self._objects[stored.name]
                self._record_path(stored.name).unlink(missing_ok=True)

    # The bucket's own settings

    def settings(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            settings: dict[str, Any] = json.loads(self._settings.read_text())
            return settings
        return {"metageneration": 1, "timeCreated": timestamp()}

    def change_settings(self, change: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            settings = self.settings()
            settings |= change | {"metageneration": settings["metageneration"] + 1}
            _write_atomically(self._settings, json.dumps(settings))
            return settings

    def _check_retention(self, current: StoredObject | None) -> None:
        """Raises HttpError 403 if the bucket's policy retains an object that would be removed.

        https://cloud.google.com/storage/docs/bucket-lock
        """
        policy = self.settings().get("retentionPolicy")
        if current is None or not policy:
            return
        age = time.time() - current.generation / 1e6
        if age < float(policy["retentionPeriod"]):
            name = f"{self.name}/{current.name}"
            raise HttpError(403, f"Object '{name}' is subject to bucket's retention policy.")

    # Records

    def _describe(
        self,
        name: str,
        checksums: Checksums,
        properties: Properties,
        path: Path,
        component_count: int | None,
    ) -> StoredObject:
        stamp = Stamp.of(path)
        assert stamp, "content that was just written exists"
        # Generations are microseconds, and grow, as those of the real service.
        self._last_generation = max(self._last_generation + 1, time.time_ns() // 1000)
        now = timestamp()
        return StoredObject(
            bucket=self.name,
            name=name,
            generation=self._last_generation,
            metageneration=1,
            size=stamp.size,
            crc32c=checksums.crc32c,
            md5=None if component_count else checksums.md5,
            component_count=component_count,
            created=now,
            updated=now,
            properties=properties,
            file="",
            stamp=stamp,
        )

    def _move_into_place(self, stored: StoredObject, content: Path) -> StoredObject:
        stored = replace(stored, file=self._file_path(stored.name))
        self._record(stored, lambda: os.replace(content, self.path(stored)))
        return stored

    def _file_path(self, name: str) -> str:
        """The name itself if it can be a path, otherwise a hashed name outside the folder."""
        parts = name.split("/")
        is_plain = all(p and p[0] != "." and len(p.encode()) <= MAX_NAME_BYTES for p in parts)
        target = self.folder / name
        if is_plain and "\0" not in name:
            with contextlib.suppress(FileExistsError, NotADirectoryError):
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.is_dir():
                    return name
        return f"{HASHED}:{_digest(name)}"

    def _record(self, stored: StoredObject, move: Callable[[], None]) -> None:
        """Write the record of new content and announce the object; `move` puts the content in
        place. The module's docstring describes the order."""
        record = self._record_path(stored.name)
        self._write_record(stored, record.with_suffix(".new"))
        move()
        self._announce(stored)
        os.replace(record.with_suffix(".new"), record)
        self._objects[stored.name] = stored

    def _recover(self) -> list[StoredObject]:
        """Complete or undo the changes that a crash interrupted. Return the valid records."""
        for path in self._records.glob("*.new"):
            stored = _read_record(path)
            if stored and Stamp.of(self.path(stored)) == stored.stamp:
                self._announce(stored)
                os.replace(path, path.with_suffix(".json"))
            else:
                path.unlink()
        records = map(_read_record, self._records.glob("*.json"))
        return [stored for stored in records if stored]

    def _record_path(self, name: str) -> Path:
        return self._records / f"{_digest(name)}.json"

    def _write_record(self, stored: StoredObject, path: Path) -> None:
        _write_atomically(path, stored.to_json())

    def _remove_empty_folders(self, folder: Path) -> None:
        with contextlib.suppress(OSError):
            while folder != self.folder and folder.is_relative_to(self.folder):
                folder.rmdir()
                folder = folder.parent


def _check_name(name: str) -> None:
    # https://cloud.google.com/storage/docs/objects#naming
    if not name or len(name.encode()) > 1024 or name in (".", "..") or set(name) & {"\r", "\n"}:
        raise HttpError(400, f"Invalid object name: {name[:80]!r}")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _write_atomically(path: Path, text: str) -> None:
    """Write a temporary file and rename it to `path`."""
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text)
    os.replace(partial, path)


def _read_record(path: Path) -> StoredObject | None:
    try:
        return StoredObject.from_json(path.read_text())
    except (OSError, ValueError, TypeError, KeyError):
        return None
