"""Migrations that are files in a folder."""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..contract.manifest import Manifest, ManifestEntry, load_manifest
from ..error_text import describe_error, safe_repr
from ..errors import InvalidMigration
from ..function import helper_place
from ..migration import Changed, Migration, MigrationFunction, OutOfOrder

if TYPE_CHECKING:
    from ..context import Context


class FolderSource:
    """
    The migrations in the files of *path* that are named ``<digits>_<words>.py``.

    Each defines ``do(ctx)`` and, if it can be taken back, ``undo(ctx)``. Files whose name begins with an underscore
    are helpers, which a migration imports relatively: ``from ._money import cents``. A module is imported when a plan
    needs it, not before.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).resolve()

    def manifest(self) -> Manifest:
        """
        What is in the folder: as noted at synth, else as read from the files.

        Raises:
            As `load`.
        """
        return load_manifest(self._path)

    def load(self) -> tuple[Migration, ...]:
        """
        All migrations, sorted.

        Raises:
            NoMigrationsAvailable: There is none, or no such folder.
            InvalidMigrationName: A file is named neither as a migration nor as a helper.
            MigrationAlreadyExists: Two files have one id.
            InvalidMigration: A file does not parse, or does not define ``do``.
        """
        return tuple(self._migration(entry) for entry in self.manifest().migrations)

    def _migration(self, entry: ManifestEntry) -> Migration:
        return Migration.of_entry(
            id=entry.id,
            description=entry.description,
            do=FileFunction(self._path, entry.file, "do"),
            undo=FileFunction(self._path, entry.file, "undo") if entry.can_undo else None,
            checksum=entry.checksum,
            out_of_order=cast("OutOfOrder | None", entry.out_of_order),
            changed=cast("Changed | None", entry.changed),
            replaces=entry.replaces,
        )


class FileFunction:
    """A function in a migration's file, imported when it is first needed."""

    __slots__ = ("file", "folder", "name")

    def __init__(self, folder: Path, file: str, name: str) -> None:
        self.folder = folder
        self.file = file
        self.name = name

    def resolve(self) -> MigrationFunction:
        """
        Import the module.

        Raises:
            InvalidMigration: It can't be imported, or the name in it can't be called.
        """
        path = self.folder / self.file
        try:
            module = importlib.import_module(f"{_package(self.folder)}.{path.stem}")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            place = helper_place(self.folder, self.file, error)
            raise InvalidMigration(
                f"{path.name} can't be imported: {describe_error(error)}{f' ({place})' if place else ''}.",
                next_step="Correct the file, or pack what it imports, and run again; nothing was done.",
            ) from error
        function = getattr(module, self.name, None)
        if not callable(function):
            raise InvalidMigration(
                f"{path.name}: {self.name} is {safe_repr(function)}, which can't be called.",
                next_step=f"Make it a function: def {self.name}(ctx): ...",
            )
        return cast("MigrationFunction", function)

    def __call__(self, ctx: Context) -> object:
        return self.resolve()(ctx)


def _package(folder: Path) -> str:
    """
    The name of the package that stands for *folder*.

    It is made from the whole path: a folder of any name can be imported, and two of one name don't meet.
    """
    name = f"_dynamigrate_{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = module_from_spec(spec)
    return name
