"""The function's code, put together in a folder: engine, dependencies, migrations and their manifest."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import dynamigrate.contract
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest

from ..errors import InvalidProp
from .bytecode import compile_tree
from .folder import LEFT_OUT, check_folder
from .tree import copy_tree, digest, size
from .vendored import vendored

# Lambda's limit for a function's code, unzipped.
_LIMIT: Final = 250 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Staged:
    """
    What is ready to be deployed.

    Attributes:
        root: The folder that becomes the asset.
        folder: The name of the folder of migrations in it.
        digest: Of every file but the manifest, which carries it.
        size: Bytes, before zipping.
        compiled: Whether there are compiled files in it.
    """

    root: Path
    folder: str
    manifest: Manifest
    size: int
    compiled: bool

    @property
    def digest(self) -> str:
        return self.manifest.digest


def stage(folder: Path, root: Path, *, where: str, python: str) -> Staged:
    """
    Put the function's code into *root*, an empty folder.

    Its content depends on the sources, the lock and the version of Python alone: not on where they are, who deploys,
    or when.

    Args:
        folder: The user's migrations.
        where: The construct, for messages.
        python: The runtime's version, as in ``3.13``. Only the same one here can compile for it.

    Raises:
        InvalidProp, SynthError, MigrationsError: Something in the folder can't work; as `check_folder` has it.
        VendoringFailed: As `vendored` has it.
    """
    engine = Path(dynamigrate.contract.__file__).parents[1]
    dependencies = vendored()
    manifest = check_folder(folder, where=where, taken={engine.name, *_modules(dependencies)})

    for source in dependencies.iterdir():
        _copy(source, root / source.name)
    copy_tree(engine, root / engine.name)
    copy_tree(folder, root / folder.name, without=(*LEFT_OUT, MANIFEST_NAME))

    compiled = python == f"{sys.version_info.major}.{sys.version_info.minor}"
    if compiled:
        compile_tree(root)
    manifest = replace(manifest, digest=digest(root))
    note = root / folder.name / MANIFEST_NAME
    note.write_text(manifest.to_json(), encoding="utf-8", newline="\n")
    note.chmod(0o644)
    root.chmod(0o755)

    staged = Staged(root=root, folder=folder.name, manifest=manifest, size=size(root), compiled=compiled)
    if staged.size > _LIMIT:
        raise InvalidProp(
            where,
            f"the function's code has {staged.size:,} bytes, and Lambda takes {_LIMIT:,}.",
            f"Move what is large out of {folder}, to S3 for example, and read it from there.",
        )
    return staged


def _modules(dependencies: Path) -> set[str]:
    """What can be imported from there."""
    return {path.name.removesuffix(".py") for path in dependencies.iterdir() if path.suffix != ".dist-info"}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        copy_tree(source, target)
    else:
        target.write_bytes(source.read_bytes())
        target.chmod(0o644)
