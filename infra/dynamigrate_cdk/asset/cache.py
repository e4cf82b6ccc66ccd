"""A folder of the user's for what a synth installs or compiles: made once, whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from ..errors import VendoringFailed
from .tree import digest

CACHE_VARIABLE: Final = "DYNAMIGRATE_CACHE_DIR"

_FILES = "files"
_DIGEST = "digest"
_IN_USE: Final = 86_400.0  # seconds


def cache_folder() -> Path:
    """Where it is kept: what the environment says, else the user's cache folder."""
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given).expanduser().resolve()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "dynamigrate"


def kept(name: str, make: Callable[[Path], None], *, newest: int | None = None) -> Path:
    """
    The folder that is kept under *name*; read-only for the caller.

    What is kept is compared to its digest each time, so a damaged copy is replaced. A synth that runs beside this one
    sees all of it or nothing.

    Args:
        make: Fills the folder that it is given, which does not exist yet. Called only where there is no whole copy.
        newest: How many stay, this one included, of those whose names differ after the last dash alone: those that were
            used last, and all that were within a day. None: all.

    Raises:
        VendoringFailed: There is no place to keep it.
        Exception: Whatever *make* raised; nothing stays behind then.
    """
    place = cache_folder() / name
    if not _is_whole(place):
        if newest is not None:
            _forget(place, newest - 1)
        _make(place, make)
    elif newest is not None:
        # What is in use is not the oldest for a synth beside this one.
        with suppress(OSError):
            os.utime(place)
    return place / _FILES


def _forget(place: Path, newest: int) -> None:
    """What can't be removed stays."""
    others = place.parent.glob(f"{place.name.rpartition('-')[0]}-*")
    for other in sorted(others, key=_used_at, reverse=True)[newest:]:
        # A synth beside this one may be about to read it.
        if _used_at(other) < time.time() - _IN_USE:
            shutil.rmtree(other, ignore_errors=True)


def _used_at(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except OSError:  # a synth beside this one has removed it
        return 0.0


def digest_of_kept(folder: Path) -> str:
    """The digest of all that is in *folder*, which is one of those that `kept` returns."""
    return (folder.parent / _DIGEST).read_text(encoding="utf-8")


def _is_whole(place: Path) -> bool:
    try:
        return (place / _DIGEST).read_text(encoding="utf-8") == digest(place / _FILES)
    except OSError:
        return False


def _make(place: Path, make: Callable[[Path], None]) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(mkdtemp(prefix="making-", dir=place.parent))
    except OSError as error:
        raise VendoringFailed(
            f"What the function's code is made of can't be kept in {place.parent}: {error}. "
            f"Set {CACHE_VARIABLE} to a folder that can be written."
        ) from error
    try:
        new = work / "new"
        make(new / _FILES)
        (new / _DIGEST).write_text(digest(new / _FILES), encoding="utf-8")
        if place.exists() and not _is_whole(place):
            with suppress(FileNotFoundError):  # another synth has removed it
                place.rename(work / "damaged")
        try:
            new.rename(place)
        except OSError:
            if not _is_whole(place):  # else another synth was first
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
