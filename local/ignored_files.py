"""Prints a line for each file in the upload bucket's folder that starts no export."""

import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

from gdb_export.contract.upload_names import reason_to_ignore
from local.storage.folder_watch import dropped_files

_INTERVAL = 1.0  # seconds
_MANIFEST = "datapackage.json"
_WRITTEN_BY_EXPORTS = (".parquet", _MANIFEST)


class IgnoredFiles:
    """Reports ignored files from a thread, inside the context.

    A file is reported once its size no longer changes. Results of exports are not reported.
    """

    def __init__(self, folder: Path, report: Callable[[str], None] | None = None) -> None:
        self._folder = folder
        self._report = report or (lambda text: print(text, flush=True))
        self._sizes: dict[Path, int] = {}
        self._reported: set[Path] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="ignored files")

    def scan(self) -> None:
        """Report the files that are new and unchanged since the last scan."""
        sizes: dict[Path, int] = {}
        for path in dropped_files(self._folder):
            try:
                sizes[path] = path.stat().st_size
            except OSError:
                continue
            is_stable = self._sizes.get(path) == sizes[path]
            if is_stable and path not in self._reported and not _is_result(path):
                self._consider(path, sizes[path])
        self._reported &= sizes.keys()
        self._sizes = sizes

    def _consider(self, path: Path, size: int) -> None:
        name = path.relative_to(self._folder).as_posix()
        reason = reason_to_ignore(name, size)
        if reason is not None:
            self._reported.add(path)
            self._report(f"{name}  ignored: {reason}")

    def __enter__(self) -> "IgnoredFiles":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_INTERVAL):
            self.scan()


def _is_result(path: Path) -> bool:
    """Whether an export wrote the file: a ZIP that ends with a manifest, or a file of Parquet."""
    if path.name.lower().endswith(_WRITTEN_BY_EXPORTS):
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()[-1:] == [_MANIFEST]
    except (OSError, zipfile.BadZipFile):
        return False
