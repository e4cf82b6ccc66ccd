"""
What is in a folder of migrations, read without running any of it.

The construct writes it at synth into the asset, so that a cold start need not read the folder; a `FolderSource`
without one reads the files. Both see the same mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..errors import InvalidMigration, MigrationAlreadyExists, NoMigrationsAvailable
from .checksum import checksum
from .gate import fault_of_soak
from .listing import migration_files
from .names import IdKey, id_key, is_id, parse_file_name
from .requirements import check_requirements
from .syntax import SETTINGS, Module, parse

MANIFEST_NAME: Final = "_manifest.json"


# No dataclass: a cold start makes one for each migration there ever was, and these take a fifth of the time.
class ManifestEntry(NamedTuple):
    """
    One migration's file.

    Attributes:
        file: Its name in the folder.
        checksum: Of its syntax tree; comments, layout and docstrings don't count.
        can_undo: Whether the module has an ``undo``.
    """

    id: str
    description: str
    file: str
    checksum: str
    can_undo: bool
    out_of_order: str | None = None
    changed: str | None = None
    replaces: tuple[str, ...] = ()
    detached: bool = False
    requires: tuple[str, ...] = ()
    can_check: bool = False
    phase: str | None = None
    soak: str | None = None
    if_not_ready: str | None = None
    recover: str | None = None
    restore_point: str | None = None


_WORDS: Final = {name: {None, *words} for name, words in SETTINGS.items()}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """
    All migrations of a folder, in order.

    Attributes:
        digest: Of everything that is deployed with them, or empty where nothing is; must match the property of the
            same name that CloudFormation delivers.
    """

    migrations: tuple[ManifestEntry, ...]
    digest: str = ""

    def to_json(self) -> str:
        content = {"digest": self.digest, "migrations": [entry._asdict() for entry in self.migrations]}
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """
        Raises:
            ValueError, LookupError, TypeError: It is no manifest.
        """
        content = json.loads(text)
        return cls(migrations=tuple([_entry(**one) for one in content["migrations"]]), digest=content["digest"])


def _entry(replaces: list[str], requires: Sequence[str] = (), **fields: Any) -> ManifestEntry:
    """
    Raises:
        ValueError, TypeError: What is in it is no migration.
    """
    entry = ManifestEntry(**fields, replaces=tuple(replaces), requires=tuple(requires))
    known = all(getattr(entry, name) in words for name, words in _WORDS.items())
    ids = (entry.id, *entry.replaces, *entry.requires) if replaces or requires else (entry.id,)
    flags = type(entry.detached) is bool and type(entry.can_check) is bool
    if not (known and flags and all(map(is_id, ids)) and (entry.soak is None or not fault_of_soak(entry.soak))):
        raise ValueError(f"{entry} is no migration")
    return entry


def read_folder(folder: Path) -> Manifest:
    """
    Read what migrations are in *folder*; what begins with an underscore is a helper, and is passed over.

    Nothing is imported, so what only shows when a module runs (a failing import, a ``do`` that turns out to be a
    number) is found later, when a plan first needs it.

    Raises:
        NoMigrationsAvailable: There is no such folder, or no migration in it.
        InvalidMigrationName: A Python file is named neither as a migration nor as a helper.
        MigrationAlreadyExists: Two files have one id.
        InvalidMigration: A file can't be read, does not parse, has no ``do`` that a call with the context would run, or
            is there beside the one that replaces it; it requires what it can't, or is detached and keeps no checkpoints;
            or something looks like a migration and would not run.
    """
    entries: dict[IdKey, ManifestEntry] = {}
    for path in migration_files(folder):
        entry = read_entry(path)
        known = entries.setdefault(id_key(entry.id), entry)
        if known is not entry:
            raise MigrationAlreadyExists(
                f"{known.file} and {entry.file} in {folder} have the same id, {entry.id}.",
                next_step="Give the newer one an id of its own by renaming its file.",
                migration_id=entry.id,
            )
    if not entries:
        raise NoMigrationsAvailable(
            f"There is no migration in {folder}.",
            next_step="Add a file named <digits>_<words>.py, such as 20261123090000_create_users.py, that defines do(ctx).",
        )
    migrations = tuple(entry for _, entry in sorted(entries.items()))
    check_together(folder, migrations)
    return Manifest(migrations=migrations)


def check_together(folder: Path, migrations: Sequence[ManifestEntry]) -> None:
    """
    Check what files say of each other.

    Raises:
        InvalidMigration: One is there beside the one that replaces it, or requires what it can't.
    """
    _check_replaced(folder, {id_key(entry.id): entry for entry in migrations})
    check_requirements(migrations, lambda entry: str(folder / entry.file))


def load_manifest(folder: Path) -> Manifest:
    """
    The manifest that was written into *folder* at synth, or what `read_folder` finds where there is none.

    Raises:
        As `read_folder`; InvalidMigration too where the manifest can't be read.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return read_folder(folder)
    except OSError as error:
        raise InvalidMigration(
            f"{path} can't be read: {error.strerror or error}.", next_step="Allow this user to read it, or remove it."
        ) from error
    except (ValueError, LookupError, TypeError) as error:
        raise InvalidMigration(
            f"{path} is no manifest ({type(error).__name__}: {error}).",
            next_step="Synthesize and deploy again, or delete it to have the files read.",
        ) from error
    if not manifest.migrations:
        raise NoMigrationsAvailable(f"{path} lists no migration.", next_step="Synthesize and deploy again.")
    return manifest


def read_entry(path: Path) -> ManifestEntry:
    """
    What one file says of itself.

    Raises:
        InvalidMigrationName, InvalidMigration: As in `read_folder`.
    """
    migration_id, description = parse_file_name(path.name)
    tree = parse(path, migration_id)
    module = Module(path, migration_id, tree)
    module.check_do()
    return ManifestEntry(
        id=migration_id,
        description=description,
        file=path.name,
        checksum=checksum(tree),
        can_undo=module.has("undo"),
        out_of_order=module.setting("out_of_order"),
        changed=module.setting("changed"),
        replaces=module.replaces(),
        detached=module.detached(),
        requires=module.requires(),
        can_check=module.has("check"),
        phase=module.setting("phase"),
        soak=module.soak(),
        if_not_ready=module.setting("if_not_ready"),
        recover=module.setting("recover"),
        restore_point=module.setting("restore_point"),
    )


def _check_replaced(folder: Path, entries: dict[IdKey, ManifestEntry]) -> None:
    """
    Raises:
        InvalidMigration: A file is still there beside the one that replaces it.
    """
    for entry in entries.values():
        for one in entry.replaces:
            found = entries.get(id_key(one))
            if found is not None and found is not entry:
                raise InvalidMigration(
                    f"{found.file} in {folder} is still there, and {entry.file} replaces it.",
                    next_step="Delete the older file, or take its id out of replaces.",
                    migration_id=found.id,
                )
