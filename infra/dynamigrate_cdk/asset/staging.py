"""The function's code, put together as a zip file: engine, dependencies, migrations and their manifest."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import dynamigrate.contract
from dynamigrate.contract.listing import NOT_DEPLOYED
from dynamigrate.contract.manifest import MANIFEST_NAME, Manifest

from ..errors import InvalidProp
from .alarms import alarms_of
from .archive import write_archive
from .base import base
from .binaries import check_binaries
from .bytecode import compiled_tree
from .folder import RUNTIME_PACKAGES, check_folder
from .modules import Surroundings, check_imports
from .packages import Packages, check_names, module_name, packages
from .platform import Platform
from .tree import Found, copy_tree, digest_of, found_in, size
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
        archive: The zip file that becomes the asset.
        folder: The name of the folder of migrations in it.
        digest: The digest of every file but the manifest, which carries it.
        size: How many bytes it is, before zipping.
        compiled: Whether there are compiled files in it.
        packages: How many third-party packages the migrations bring.
        warnings: What may be missing, each a sentence.
        alarms: The names of alarms that backfills wait for, as far as they are written out.
    """

    archive: Path
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
    archive: Path,
    *,
    where: str,
    platform: Platform,
    requirements: Path | None = None,
    elsewhere: str = "",
    machine: bool = True,
) -> Staged:
    """
    Write the function's code to *archive*, a zip file.

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
    taken = {engine.name, *_modules(path.name for path in dependencies.iterdir())}
    manifest = check_folder(folder, where=where, taken=taken, machine=machine)
    alarms = alarms_of(folder)
    compiled = platform.python == f"{sys.version_info.major}.{sys.version_info.minor}"
    listed = requirements or folder / REQUIREMENTS
    brought = _packages(listed, folder, platform, dependencies, compiled=compiled)

    common = base(engine, dependencies, brought, compiled=compiled)
    with TemporaryDirectory(prefix="dynamigrate-") as temporary:
        root = Path(temporary)
        copy_tree(folder, root / folder.name, without=(*NOT_DEPLOYED, MANIFEST_NAME))
        _check_files(root / folder.name, folder, brought, platform)
        around = Surroundings(
            package=folder.name,
            modules=platform.standard_library | RUNTIME_PACKAGES | _RUNTIME_HOOKS | _modules(common.contents),
            whole_powertools=_POWERTOOLS in brought.distributions,
            elsewhere=elsewhere,
            python=platform.python,
            requirements=listed,
        )
        warnings = check_imports(root / folder.name, folder, [entry.file for entry in manifest.migrations], around)
        if compiled:
            root = compiled_tree(root, strictly=(folder.name,))
        contents = {**common.contents, **found_in(root)}
        manifest = replace(manifest, digest=digest_of(contents))
        # Not written there: what is kept is nobody's to change.
        note = manifest.to_json().encode()
        whole = size(contents) + len(note)
        _check_size(whole, contents, folder, where)
        write_archive(archive, root, upon=common.archive, note=(f"{folder.name}/{MANIFEST_NAME}", note))
    return Staged(
        archive=archive,
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
    taken |= {module_name(one): "is what the function's own code is called" for one in brought.left_of(dependencies)}
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


def _check_size(whole: int, contents: Mapping[str, Found], folder: Path, where: str) -> None:
    if whole <= _LIMIT:
        return
    sizes: Counter[str] = Counter()
    for name, found in contents.items():
        sizes[name.partition("/")[0]] += found.size
    largest = ", ".join(f"{top} ({taken / 1e6:.1f} MB)" for top, taken in sizes.most_common(_LARGEST))
    raise InvalidProp(
        where,
        f"the function's code has {whole:,} bytes, and Lambda takes {_LIMIT:,}.",
        f"Move what is large out of {folder}, to S3 for example, and read it from there; take out packages that "
        f"migrations can do without, or have a container of your own do the work. The largest: {largest}.",
    )


def _modules(names: Iterable[str]) -> set[str]:
    """What can be imported where there are files of these *names*."""
    top = {Path(name.partition("/")[0]) for name in names}
    return {module_name(path) for path in top if path.suffix != ".dist-info"}
