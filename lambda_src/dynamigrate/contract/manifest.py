"""
What is in a folder of migrations, read without running any of it.

The construct writes it at synth into the asset, so that a cold start need not read the folder; a `FolderSource`
without one reads the files. Both see the same mistakes.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..errors import InvalidMigration, MigrationAlreadyExists, NoMigrationsAvailable
from .checksum import checksum
from .names import IdKey, id_key, is_id, parse_file_name

MANIFEST_NAME: Final = "_manifest.json"

# A setting of one migration is an assignment in its module, with one of these values.
_SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "out_of_order": ("error", "allow"),
    "changed": ("warn", "error", "ignore"),
}


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


_OUT_OF_ORDER: Final = {None, *_SETTINGS["out_of_order"]}
_CHANGED: Final = {None, *_SETTINGS["changed"]}


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


def _entry(replaces: list[str], **fields: Any) -> ManifestEntry:
    """
    Raises:
        ValueError, TypeError: What is in it is no migration.
    """
    entry = ManifestEntry(**fields, replaces=tuple(replaces))
    known = entry.out_of_order in _OUT_OF_ORDER and entry.changed in _CHANGED
    if not (known and is_id(entry.id) and all(map(is_id, entry.replaces))):
        raise ValueError(f"{entry} is no migration")
    return entry


def read_folder(folder: Path) -> Manifest:
    """
    Read what migrations are in *folder*; files that begin with an underscore are helpers and are passed over.

    Nothing is imported, so what only shows when a module runs (a failing import, a ``do`` that turns out to be a
    number) is found later, when a plan first needs it.

    Raises:
        NoMigrationsAvailable: There is no such folder, or no migration in it.
        InvalidMigrationName: A Python file is named neither as a migration nor as a helper.
        MigrationAlreadyExists: Two files have one id.
        InvalidMigration: A file does not parse, does not define ``do``, or is there beside the one that replaces it.
    """
    if not folder.is_dir():
        raise NoMigrationsAvailable(f"{folder} is no folder.", next_step="Name the folder that holds the migrations.")
    entries: dict[IdKey, ManifestEntry] = {}
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        entry = _read_file(path)
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
    _check_replaced(folder, entries)
    return Manifest(migrations=tuple(entry for _, entry in sorted(entries.items())))


def load_manifest(folder: Path) -> Manifest:
    """
    The manifest that was written into *folder* at synth, or what `read_folder` finds where there is none.

    Raises:
        As `read_folder`; InvalidMigration too where the manifest can't be read.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return read_folder(folder)
    except (ValueError, LookupError, TypeError) as error:
        raise InvalidMigration(
            f"{path} is no manifest ({type(error).__name__}: {error}).",
            next_step="Synthesize and deploy again, or delete it to have the files read.",
        ) from error
    if not manifest.migrations:
        raise NoMigrationsAvailable(f"{path} lists no migration.", next_step="Synthesize and deploy again.")
    return manifest


def _read_file(path: Path) -> ManifestEntry:
    migration_id, description = parse_file_name(path.name)
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else str(path)
        raise InvalidMigration(
            f"{where} is not valid Python: {getattr(error, 'msg', None) or error}.",
            next_step="Correct the file and deploy again.",
            migration_id=migration_id,
        ) from error
    names = _top_level_names(tree)
    if "do" not in names:
        raise InvalidMigration(
            f"{path} does not define do.",
            next_step="Add a function do(ctx), and undo(ctx) if it can be taken back.",
            migration_id=migration_id,
        )
    for name in ("do", "undo"):
        value = names.get(name)
        if isinstance(value, ast.Constant) and not (name == "undo" and value.value is None):
            raise InvalidMigration(
                f"{path}:{value.lineno}: {name} is {value.value!r}, which can't be called.",
                next_step=f"Make it a function: def {name}(ctx): ...",
                migration_id=migration_id,
            )
    undo = names.get("undo")
    return ManifestEntry(
        id=migration_id,
        description=description,
        file=path.name,
        checksum=checksum(tree),
        can_undo="undo" in names and not (isinstance(undo, ast.Constant) and undo.value is None),
        out_of_order=_setting(path, names, "out_of_order"),
        changed=_setting(path, names, "changed"),
        replaces=_replaces(path, names, migration_id),
    )


def _top_level_names(tree: ast.Module) -> dict[str, ast.expr | None]:
    """Names that the module's top level binds, with the expression where one is assigned."""
    names: dict[str, ast.expr | None] = {}
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names[name] = None
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        names[target.id] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names[name] = value
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                for alias in aliases:
                    names[alias.asname or alias.name.partition(".")[0]] = None
    return names


def _setting(path: Path, names: dict[str, ast.expr | None], name: str) -> str | None:
    if name not in names:
        return None
    value = names[name]
    if isinstance(value, ast.Constant) and value.value in _SETTINGS[name]:
        return str(value.value)
    raise InvalidMigration(
        f"{path}: {name} must be one of {', '.join(map(repr, _SETTINGS[name]))}, written out.",
        next_step="Correct the assignment, or remove it to have the setting of the whole folder.",
    )


def _replaces(path: Path, names: dict[str, ast.expr | None], migration_id: str) -> tuple[str, ...]:
    if "replaces" not in names:
        return ()
    value = names["replaces"]
    ids: object = None
    if isinstance(value, ast.List | ast.Tuple):
        ids = [one.value if isinstance(one, ast.Constant) else None for one in value.elts]
    if not isinstance(ids, list) or not ids or not all(is_id(one) for one in ids):
        raise InvalidMigration(
            f"{path}: replaces must be a list of ids, written out.",
            next_step='Write it as replaces = ["20261102090000", "20261109143000"].',
            migration_id=migration_id,
        )
    newer = [one for one in ids if id_key(one) > id_key(migration_id)]
    if newer:
        raise InvalidMigration(
            f"{path} can't replace {', '.join(newer)}, which is newer.",
            next_step="Give it an id above all that it replaces, or that of the newest of them.",
            migration_id=migration_id,
        )
    return tuple(ids)


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
