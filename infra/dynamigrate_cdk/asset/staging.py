"""The function's code, put together in a folder: engine, dependencies, migrations and their manifest."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import dynamigrate.contract
from dynamigrate.contract.listing import NOT_DEPLOYED
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest

from ..errors import InvalidProp
from .alarms import alarms_of
from .binaries import check_binaries
from .bytecode import compile_tree
from .folder import RUNTIME_PACKAGES, check_folder
from .modules import Surroundings, check_imports
from .own_code import own_code
from .packages import Packages, check_names, module_name, packages
from .platform import Platform
from .tree import copy_any, copy_tree, digest, files, size
from .vendored import vendored

# Lambda's limit for a function's code, unzipped.
_LIMIT: Final = 250 * 1024 * 1024
_LARGEST: Final = 5  # how many are named where it is passed
REQUIREMENTS: Final = "requirements.txt"
# A pinned package may stand in for the runtime's.
SHADOWABLE: Final = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
_RUNTIME_HOOKS: Final = frozenset({"snapshot_restore_py"})
_POWERTOOLS: Final = "aws-lambda-powertools"


@dataclass(frozen=True, kw_only=True)
class Staged:
    """
    What is ready to be deployed.

    Attributes:
        root: The folder that becomes the asset.
        folder: The name of the folder of migrations in it.
        digest: The digest of every file but the manifest, which carries it.
        size: How many bytes it is, before zipping.
        compiled: Whether there are compiled files in it.
        packages: How many third-party packages the migrations bring.
        warnings: What may be missing, each a sentence.
        alarms: The names of alarms that backfills wait for, as far as they are written out.
    """

    root: Path
    folder: str
    manifest: Manifest
    size: int
    compiled: bool
    packages: int = 0
    warnings: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return self.manifest.digest


def stage(
    folder: Path,
    root: Path,
    *,
    where: str,
    platform: Platform,
    requirements: Path | None = None,
    elsewhere: str = "",
    machine: bool = True,
) -> Staged:
    """
    Put the function's code into *root*, an empty folder.

    Its content depends on the sources, the pins and the platform alone: not on where they are, who deploys, or when.

    Args:
        folder: The user's migrations.
        where: The construct, for messages.
        platform: What the function runs on. Only the same version of Python here can compile for it.
        requirements: The file that pins third-party packages; None: the folder's own, where it has one.
        elsewhere: What else may bring modules to the function, in words.
        machine: Whether there is a state machine.

    Raises:
        InvalidProp, SynthError, MigrationsError: Something in the folder can't work, as in `check_folder`.
        VendoringFailed: As in `vendored` and `packages`.
    """
    engine = Path(dynamigrate.contract.__file__).parents[1]
    dependencies = vendored()
    manifest = check_folder(folder, where=where, taken={engine.name, *_modules(dependencies)}, machine=machine)
    alarms = alarms_of(folder)
    compiled = platform.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    listed = requirements or folder / REQUIREMENTS
    brought = _packages(listed, folder, platform, dependencies, compiled=compiled)

    own = own_code(engine, dependencies) if compiled else dependencies
    kept = [own / path.name for path in dependencies.iterdir() if not brought.replaces(path)]
    for source in [*kept, *brought.entries]:
        copy_any(source, root / source.name)
    copy_tree(own / engine.name if compiled else engine, root / engine.name, whole=compiled)
    copy_tree(folder, root / folder.name, without=(*NOT_DEPLOYED, MANIFEST_NAME))
    _check_files(root / folder.name, folder, brought, platform)
    around = Surroundings(
        package=folder.name,
        modules=platform.standard_library | RUNTIME_PACKAGES | _RUNTIME_HOOKS | (_modules(root) - {folder.name}),
        whole_powertools=_POWERTOOLS in brought.distributions,
        elsewhere=elsewhere,
        python=platform.python,
        requirements=listed,
    )
    warnings = check_imports(root / folder.name, folder, [entry.file for entry in manifest.migrations], around)

    if compiled:
        compile_tree(root, strictly=(engine.name, folder.name))
    manifest = replace(manifest, digest=digest(root))
    note = root / folder.name / MANIFEST_NAME
    note.write_text(manifest.to_json(), encoding="utf-8", newline="\n")
    note.chmod(0o644)
    root.chmod(0o755)

    whole = size(root)
    if whole > _LIMIT:
        raise InvalidProp(
            where,
            f"the function's code has {whole:,} bytes, and Lambda takes {_LIMIT:,}.",
            f"Move what is large out of {folder}, to S3 for example, and read it from there; take out packages that "
            f"migrations can do without, or have a container of your own do the work. The largest: {_largest(root)}.",
        )
    return Staged(
        root=root,
        folder=folder.name,
        manifest=manifest,
        size=whole,
        compiled=compiled,
        packages=len(brought.distributions),
        warnings=warnings,
        alarms=alarms,
    )


def _packages(path: Path, folder: Path, platform: Platform, dependencies: Path, *, compiled: bool) -> Packages:
    """
    The packages that migrations bring along. None hides another module, or is hidden by one.

    Raises:
        SynthError, VendoringFailed: As in `packages`.
    """
    if not path.is_file():
        return Packages()
    brought = packages(path, platform, compiled=compiled, engine=dependencies)
    taken = dict.fromkeys(platform.standard_library, "is a module of Python's standard library")
    taken |= dict.fromkeys(RUNTIME_PACKAGES - SHADOWABLE, "is what Lambda's runtime itself is called")
    kept = [one for one in dependencies.iterdir() if not brought.replaces(one)]
    taken |= {module_name(one): "is what the function's own code is called" for one in kept}
    taken["dynamigrate"] = "is what the function's own code is called"
    taken[folder.name] = "is what the folder of migrations is called"
    check_names(path, brought, taken)
    return brought


def _check_files(root: Path, folder: Path, brought: Packages, platform: Platform) -> None:
    """
    Check what is compiled in the folder as it is deployed, in *root*; wheels that packages came from are taken out.
    """
    for link in brought.links:
        if link.is_relative_to(folder):
            for wheel in (root / link.relative_to(folder)).glob("*.whl"):
                wheel.unlink()
    check_binaries(root, folder, platform)


def _largest(root: Path) -> str:
    """What takes most of the asset, at its top level."""
    sizes: dict[str, int] = {}
    for name in files(root):
        top = name.partition("/")[0]
        sizes[top] = sizes.get(top, 0) + (root / name).stat().st_size
    first = sorted(sizes, key=lambda top: -sizes[top])[:_LARGEST]
    return ", ".join(f"{top} ({sizes[top] / 1e6:.1f} MB)" for top in first)


def _modules(folder: Path) -> set[str]:
    """What can be imported from there."""
    return {module_name(path) for path in folder.iterdir() if path.suffix != ".dist-info"}
