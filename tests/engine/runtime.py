"""Finds the engine's libraries and loads them.

The wheel brings the engine but its plugin does not find the libtomcrypt beside it, and libtommath
and ICU are the system's. A library that is already loaded satisfies the loader by its name, so
each is loaded beforehand by its path: from the wheel, the system, or LIBRARIES, where
`tests/engine/libraries.sh` unpacks them for who may not install packages.
"""

import ctypes
import functools
import os
import sys
from importlib.metadata import version
from pathlib import Path

LIBRARIES = Path(sys.prefix) / "lib" / "engine"


class EngineMissing(Exception):
    """The engine can't run here; the text says what is missing."""


def _load_beforehand(name: str, *folders: Path) -> None:
    for folder in folders:
        for path in sorted(folder.glob(name)):
            ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
            return
    try:
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise EngineMissing(f"{name} is not installed: {error}") from error


@functools.cache
def load_engine() -> str:
    """Makes firebird.driver use the embedded engine; its version. Raises EngineMissing."""
    try:
        import firebird.embedded
        from firebird.driver import driver_config
    except ImportError as error:
        raise EngineMissing(f"Python package missing: {error}") from error
    runtime = Path(firebird.embedded.__file__).parent / "runtime"
    os.environ["FIREBIRD"] = str(runtime)
    _load_beforehand("libtommath.so.1", LIBRARIES)
    _load_beforehand("libtomcrypt.so.1", runtime)
    for name in ("libicudata.so.*", "libicuuc.so.*", "libicui18n.so.*"):
        if any(LIBRARIES.glob(name)):
            _load_beforehand(name, LIBRARIES)
    driver_config.fb_client_library.value = str(runtime / "libfbclient.so.2")
    driver_config.server_defaults.user.value = "SYSDBA"
    return version("firebird-embedded")
