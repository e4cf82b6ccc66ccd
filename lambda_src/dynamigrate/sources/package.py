"""
A folder of migrations as a Python package.

Its name is made of the folder's path and of its code, so a process that lives on (a notebook, a test session) gets a
new package when a file was corrected, helpers included, and never a mixture of both.
"""

from __future__ import annotations

import hashlib
import importlib
import linecache
import os
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from ..contract.listing import files_below

_INIT = "__init__.py"


class FolderPackage:
    """
    One edition of the package.

    Args:
        digest: Of the code in the folder, where it was made at synth: then nothing in it changes any more, and compiled
            files are used. Empty: the folder's files say what its code is, each time that one of these is made.
    """

    def __init__(self, folder: Path, *, digest: str = "") -> None:
        self.folder = folder
        self.fixed = bool(digest)
        self._digest = digest
        self._name = ""
        self._lock = threading.Lock()

    def module(self, file: str) -> ModuleType:
        """
        The module of *file*, imported.

        Raises:
            Exception: What importing it raised.
        """
        with self._lock:
            # Read when it is first needed: most runs need no code at all.
            self._name = self._name or self._make_name()
        _finder.add(self._name, self)
        return importlib.import_module(f"{self._name}.{Path(file).stem}")

    def _make_name(self) -> str:
        place = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return f"_dynamigrate_{place}_{(self._digest or _digest(self.folder))[:16]}"


class _Finder:
    """Finds these packages, and what is in them, for Python's import system."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packages: dict[str, FolderPackage] = {}
        self._newest: dict[Path, str] = {}

    def add(self, name: str, package: FolderPackage) -> None:
        """Have *name* found, in place of what was found for its folder until now."""
        with self._lock:
            if self not in sys.meta_path:
                sys.meta_path.insert(0, self)
            self._packages.setdefault(name, package)
            before = self._newest.get(package.folder, name)
            self._newest[package.folder] = name
            if before != name:
                # It is still found, should code of it that is at work import something, but no longer kept.
                _unload({before})

    def unload(self) -> None:
        """Import all of them anew when they are needed again."""
        with self._lock:
            _unload(set(self._packages))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        package = self._packages.get(root)
        if package is None:
            return None
        if not rest:
            return _folder_spec(fullname, package.folder, package)
        source = SourceFileLoader if package.fixed else _FreshLoader
        for entry in path or ():
            # A finder that is kept would not see a file that has just been added.
            finder = FileFinder(entry, (ExtensionFileLoader, EXTENSION_SUFFIXES), (source, SOURCE_SUFFIXES))
            spec = finder.find_spec(fullname)
            if spec is not None and (spec.loader is None or spec.submodule_search_locations):
                return _folder_spec(fullname, Path(entry) / fullname.rpartition(".")[2], package)
            if spec is not None:
                return spec
        return None


def _unload(packages: set[str]) -> None:
    for module in [one for one in list(sys.modules) if one.partition(".")[0] in packages]:
        sys.modules.pop(module, None)


class _FreshLoader(SourceFileLoader):
    """
    Compiles what is in the file now: a compiled file is recognized by time and size, which a correction may leave as
    they were.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        # Else tracebacks and `inspect.getsource` would show the lines that were there before.
        linecache.cache.pop(path, None)
        return self.source_to_code(self.get_data(path), path)


class _FixedFolderLoader(SourceFileLoader):
    """Loads a folder as a package; it need not have an ``__init__.py``."""

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        return super().get_code(fullname) if Path(path).exists() else compile("", path, "exec")


class _FreshFolderLoader(_FreshLoader):
    """Loads a folder as a package, from what is in its file now."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return super().get_code(fullname) if Path(path).exists() else compile("", path, "exec")


def _folder_spec(fullname: str, folder: Path, package: FolderPackage) -> ModuleSpec | None:
    path = str(folder / _INIT)
    loader = (_FixedFolderLoader if package.fixed else _FreshFolderLoader)(fullname, path)
    return spec_from_file_location(fullname, path, loader=loader, submodule_search_locations=[str(folder)])


def _digest(folder: Path) -> str:
    """A digest of all code in *folder*, helpers in its folders included."""
    whole = hashlib.sha256()
    for path in files_below(folder):
        if path.suffix in SOURCE_SUFFIXES:
            try:
                # A pipe would be waited for without end.
                content = path.read_bytes() if path.is_file() else b""
            except OSError as error:
                content = str(error).encode()
            whole.update(
                f"{path.relative_to(folder)}\0{hashlib.sha256(content).hexdigest()}\n".encode("utf-8", "replace")
            )
    return whole.hexdigest()


_finder = _Finder()


def unload() -> None:
    """Have the code of all folders imported anew: what its modules keep is not to be there when it is used next."""
    _finder.unload()
