"""Third-party packages of the migrations: what a file of requirements pins, as it goes into the asset."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import Distribution, PackageNotFoundError, version
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ..errors import SynthError
from .bytecode import compile_tree
from .cache import kept
from .installed import copy_installed
from .installer import install
from .platform import Platform
from .requirements import HOW_TO_PIN, Pin, Requirements, mask, read_requirements
from .vendored import PRUNING, prune

ENGINE: Final = "dynamigrate"
# What the engine needs, whoever brings it; the same as in its own package.
ENGINE_NEEDS: Final = ("aws-lambda-powertools<4,>=3.4", "boto3<2,>=1.34")
# The runtime brings them, in versions that are not known here.
_RUNTIME: Final = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
# Each goes with one version of the next, so the runtime's can't stand in for one of them.
_SDK: Final = ("boto3", "botocore", "s3transfer")


@dataclass(frozen=True)
class Packages:
    """
    What migrations bring along.

    Attributes:
        folder: Where they are; None where there are none. Read-only.
        distributions: Their names, as indexes compare them.
        links: Folders of wheels that they were looked for in.
    """

    folder: Path | None = None
    distributions: frozenset[str] = frozenset()
    links: tuple[Path, ...] = ()

    @property
    def entries(self) -> tuple[Path, ...]:
        """What goes to the asset's top level."""
        return tuple(sorted(self.folder.iterdir())) if self.folder else ()

    @property
    def modules(self) -> frozenset[str]:
        """The names of the modules that they have."""
        return frozenset(module_name(path) for path in self.entries if path.suffix != ".dist-info")

    def left_of(self, dependencies: Path) -> list[Path]:
        """What stays of the folder with the engine's dependencies."""
        return [path for path in sorted(dependencies.iterdir()) if not self._replaces(path)]

    def _replaces(self, path: Path) -> bool:
        """Whether *path*, one of the engine's dependencies or its note, gives way to a package that is pinned."""
        if path.suffix == ".dist-info":
            return canonicalize_name(path.name.partition("-")[0]) in self.distributions
        return canonicalize_name(module_name(path)) in self.distributions


def module_name(path: Path) -> str:
    """The name by which a file or folder on the path is imported."""
    return path.name.partition(".")[0]


def packages(path: Path, platform: Platform, *, compiled: bool, engine: Path) -> Packages:
    """
    Install what *path* pins for *platform*, or take it from the cache.

    Args:
        compiled: Whether to compile it, which takes longer than everything else, so the result is kept too.
        engine: The folder with the engine's own dependencies. One that *path* pins too gives way to it.

    Raises:
        SynthError: A line can't be followed, something is not pinned, or pins don't go together.
        VendoringFailed: Something can't be had.
    """
    asked = _without_engine(read_requirements(path, platform))
    if not asked.pins:
        return Packages(links=asked.links)
    # Compiled files depend on the Python that compiles; no other version reads them.
    key = _key(asked, platform, sys.version if compiled else "")
    folder = kept(f"packages-{key}", partial(_install, asked=asked, platform=platform, path=path, compiled=compiled))
    names = frozenset(pin.name for pin in asked.pins)
    theirs = [one for one in _distributions(engine) if _name(one) not in names]
    _check_complete(path, asked.pins, [*_distributions(folder), *theirs], platform)
    return Packages(folder, names, asked.links)


def check_names(path: Path, found: Packages, taken: Mapping[str, str]) -> None:
    """
    Make sure that nothing in *found* hides, or is hidden by, another module.

    Args:
        taken: What each name at the asset's top level is already.

    Raises:
        SynthError: One of *found* would hide another module, or be hidden by it.
    """
    for module in sorted(found.modules & taken.keys()):
        raise SynthError(
            f"{path} brings a module named {module}, which {taken[module]}: one would hide the other. "
            "Take the package that has it out of there."
        )


def _without_engine(asked: Requirements) -> Requirements:
    """
    *asked* without the engine: the asset has the one beside the construct, which a file that is for tests too may name.
    """
    try:
        here = version(ENGINE)
    except PackageNotFoundError:
        here = ""
    for pin in asked.pins:
        if pin.name == ENGINE and pin.version != here:
            raise SynthError(
                f"{pin.line} asks for {pin}, and the function gets {here or 'the version'} from beside the construct. "
                "Take the line out, or install that version where the app is synthesized."
            )
    pins = tuple(pin for pin in asked.pins if pin.name != ENGINE)
    return Requirements(pins=pins, options=asked.options, links=asked.links)


def _key(asked: Requirements, platform: Platform, compiler: str) -> str:
    """A digest of all that decides what is installed; without credentials, which change while that stays."""
    lines = [*map(mask, asked.options), *(pin.to_line() for pin in asked.pins)]
    names = {pin.name for pin in asked.pins}
    wheels = [
        (wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest())
        for folder in asked.links
        for wheel in sorted(folder.glob("*.whl"))
        if canonicalize_name(wheel.name.partition("-")[0]) in names
    ]
    links = [str(folder) for folder in asked.links]
    rules = repr((lines, wheels, links, platform.python, platform.wheel_platforms, compiler, PRUNING))
    return hashlib.sha256(rules.encode()).hexdigest()[:16]


def _install(root: Path, *, asked: Requirements, platform: Platform, path: Path, compiled: bool) -> None:
    root.mkdir(parents=True)
    # A file that says where to look, or by a hash which file it must be, is followed to the letter.
    said = bool(asked.options) or any(pin.hashes for pin in asked.pins)
    missing = list(asked.pins) if said else copy_installed(asked.pins, root)
    if missing:
        _check_links(missing, asked, platform)
        what = f"what {path} asks for, for {platform}"
        install(missing, root, what=what, platform=platform, options=asked.options)
    prune(root)
    if compiled:
        compile_tree(root)


def _check_links(pins: Iterable[Pin], asked: Requirements, platform: Platform) -> None:
    """Refuse a pin whose only wheels are for another platform, where there is no index to ask."""
    if "--no-index" not in asked.options:
        return
    wheels = [wheel for folder in asked.links for wheel in sorted(folder.glob("*.whl"))]
    for pin in pins:
        there = [wheel for wheel in wheels if _is_of(wheel, pin)]
        if there and not any(fits(wheel, platform) for wheel in there):
            raise SynthError(
                f"{pin.line} asks for {pin}, and {', '.join(map(str, there))} is for another platform: the function "
                f"has {platform}. Add a wheel for that, or give the function the other architecture or runtime."
            )


def _is_of(wheel: Path, pin: Pin) -> bool:
    try:
        name, number, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename:
        return False
    return name == pin.name and pin.version in (str(number), wheel.name.split("-")[1])


def fits(wheel: Path, platform: Platform) -> bool:
    """
    Whether *wheel* can be installed on *platform*, by its name.

    Raises:
        InvalidWheelFilename: Its name is not a wheel's.
    """
    return not platform.tags.isdisjoint(parse_wheel_filename(wheel.name)[3])


def _distributions(folder: Path) -> list[Distribution]:
    return [Distribution.at(info) for info in sorted(folder.glob("*.dist-info"))]


def _name(one: Distribution) -> str:
    return canonicalize_name(one.metadata["Name"])


def _check_complete(path: Path, pins: Collection[Pin], found: list[Distribution], platform: Platform) -> None:
    """Make sure that all is there that each package needs on the platform: nothing was resolved, only installed."""
    there = {_name(one): one.version for one in found}
    needed = [(f"{ENGINE}, which runs the migrations,", Requirement(text)) for text in ENGINE_NEEDS]
    needed += _needs(found, {pin.name: set(pin.extras) for pin in pins}, platform)
    absent, wrong = [], []
    for by, requirement in needed:
        name = canonicalize_name(requirement.name)
        if name in there:
            if not requirement.specifier.contains(there[name], prereleases=True):
                wrong.append(f"{by} needs {requirement.name}{requirement.specifier}, and {there[name]} is pinned")
        elif name not in _RUNTIME:
            absent.append(f"{requirement.name}{requirement.specifier} ({by} needs it)")
    if set(_SDK) & there.keys():
        absent += [f"{name} (it must go with the others of the SDK)" for name in _SDK if name not in there]
    if wrong:
        raise SynthError(f"{path}: {'; '.join(sorted(set(wrong)))}. Pin versions that go together. {HOW_TO_PIN}")
    if absent:
        raise SynthError(
            f"{path} does not list {', '.join(sorted(set(absent)))}. Pin these too: nothing comes along that is not "
            f"pinned. {HOW_TO_PIN}"
        )


def _requirements(one: Distribution) -> Iterator[Requirement]:
    """
    The requirements that it declares. A few old packages declare some in ways that nothing reads any more, not even
    pip.
    """
    for text in one.requires or ():
        with suppress(InvalidRequirement):
            yield Requirement(text)


def _needs(found: list[Distribution], extras: dict[str, set[str]], platform: Platform) -> list[tuple[str, Requirement]]:
    """Who needs what, with the extras that were asked for, and those that these ask for in turn."""
    needs: list[tuple[str, Requirement]] = []
    before = None
    while before != (before := sum(map(len, extras.values()))):
        needs = []
        for one in found:
            name = _name(one)
            asked = ("", *sorted(extras.get(name, ())))
            for requirement in _requirements(one):
                marker = requirement.marker
                if marker and not any(marker.evaluate({**platform.markers, "extra": extra}) for extra in asked):
                    continue
                needs.append((f"{name} {one.version}", requirement))
                extras.setdefault(canonicalize_name(requirement.name), set()).update(requirement.extras)
    return needs
