"""Finds and loads the engine's libraries.

The wheel contains the engine and libtomcrypt, which the engine's plugin does not find there;
libtommath and ICU come from the system. The dynamic loader takes a library of the same name that
is already loaded, so each is preloaded by its path: from the wheel, the system, or LIBRARIES, where
`tests/engine/libraries.sh` unpacks them for users who cannot install packages.
"""

import ctypes
import functools
import os
import sys
from importlib.metadata import version
from pathlib import Path

LIBRARIES = Path(sys.prefix) / "lib" / "engine"


class EngineMissing(Exception):
    """The engine cannot run here; the message names the missing part."""


def _preload(name: str, *folders: Path) -> None:
    """Load the library of this name (or pattern) from the folders, or else from the system."""
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
    """Makes firebird.driver use the embedded engine; returns its version. Raises EngineMissing."""
    try:
        import firebird.embedded
        from firebird.driver import driver_config
    except ImportError as error:
        raise EngineMissing(f"Python package missing: {error}") from error
    runtime = Path(firebird.embedded.__file__).parent / "runtime"
    os.environ["FIREBIRD"] = str(runtime)
    _preload("libtommath.so.1", LIBRARIES)
    if (runtime / "libtomcrypt.so.1").exists():  # from Firebird 4 on
        _preload("libtomcrypt.so.1", runtime)
    for name in ("libicudata.so.*", "libicuuc.so.*", "libicui18n.so.*"):
        if any(LIBRARIES.glob(name)):
            _preload(name, LIBRARIES)
    driver_config.fb_client_library.value = str(runtime / "libfbclient.so.2")
    driver_config.server_defaults.user.value = "SYSDBA"
    return version("firebird-embedded")
