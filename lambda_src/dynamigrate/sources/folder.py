"""Migrations that are files in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..contract.choices import Changed, IfNotReady, OutOfOrder, Phase, Recover, RestorePointSetting
from ..contract.manifest import Manifest, ManifestEntry, load_manifest
from ..error_text import describe_error, safe_repr
from ..errors import InvalidMigration
from ..migration import Migration, MigrationFunction
from ..migration_function import import_place
from .package import FolderPackage

if TYPE_CHECKING:
    from ..context import Context


class FolderSource:
    """
    The migrations in the files of *path* that are named ``<digits>_<words>.py``.

    Each defines ``do(ctx)`` and, if it can be taken back, ``undo(ctx)``. Files and folders whose name begins with an
    underscore are helpers, which a migration imports relatively: ``from ._money import cents``; names of an
    ``__init__.py`` likewise: ``from . import RATE``. A module is imported when a plan needs it, not before. What a
    migration does is what is in the folder when `load` is called: in a process that lives on, a file that was
    corrected is imported anew, with all helpers.
    """

    # A folder is packed into a deployed function too, which keeps its history in tables of its own.
    history_may_be_elsewhere = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).resolve()

    def manifest(self) -> Manifest:
        """
        What is in the folder: as noted at synth, else as read from the files. It raises what `load` does.
        """
        return load_manifest(self._path)

    def load(self) -> tuple[Migration, ...]:
        """
        All migrations, sorted.

        Raises:
            NoMigrationsAvailable: There is none, or no such folder.
            InvalidMigrationName: A file is named neither as a migration nor as a helper.
            MigrationAlreadyExists: Two files have one id.
            InvalidMigration: A file does not parse, or has no ``do`` that can run; or something looks like a migration
                and would not run, as one in a subfolder.
        """
        manifest = self.manifest()
        package = FolderPackage(self._path, digest=manifest.digest)
        return tuple(self._migration(entry, package) for entry in manifest.migrations)

    def _migration(self, entry: ManifestEntry, package: FolderPackage) -> Migration:
        return Migration.of_entry(
            id=entry.id,
            description=entry.description,
            do=FileFunction(package, entry.file, "do"),
            undo=FileFunction(package, entry.file, "undo") if entry.can_undo else None,
            checksum=entry.checksum,
            out_of_order=cast("OutOfOrder | None", entry.out_of_order),
            changed=cast("Changed | None", entry.changed),
            replaces=entry.replaces,
            detached=entry.detached,
            requires=entry.requires,
            check=FileFunction(package, entry.file, "check") if entry.can_check else None,
            phase=cast("Phase", entry.phase or "before"),
            soak=entry.soak,
            if_not_ready=cast("IfNotReady", entry.if_not_ready or "fail"),
            recover=cast("Recover", entry.recover or "repair"),
            restore_point=cast("RestorePointSetting | None", entry.restore_point),
        )


class FileFunction:
    """A function in a migration's file, imported when it is first needed."""

    __slots__ = ("file", "name", "package")

    def __init__(self, package: FolderPackage, file: str, name: str) -> None:
        self.package = package
        self.file = file
        self.name = name

    def resolve(self) -> MigrationFunction:
        """
        Import the module.

        Raises:
            InvalidMigration: It can't be imported, or the name in it can't be called.
        """
        try:
            module = self.package.module(self.file)
        except KeyboardInterrupt as error:
            error.add_note(f"while {self.file} was imported; nothing was done")
            raise
        except BaseException as error:
            place = import_place(self.package.folder, error)
            raise InvalidMigration(
                f"{self.file} can't be imported: {describe_error(error).rstrip('.')}{f' ({place})' if place else ''}.",
                next_step="Correct the file, or pack what it imports, and run again; nothing was done.",
            ) from error
        function = getattr(module, self.name, None)
        if not callable(function):
            raise InvalidMigration(
                f"{self.file}: {self.name} is {safe_repr(function)}, which can't be called.",
                next_step=f"Make it a function: def {self.name}(ctx): ...",
            )
        return cast("MigrationFunction", function)

    def __call__(self, ctx: Context) -> object:
        return self.resolve()(ctx)
