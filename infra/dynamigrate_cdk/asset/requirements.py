"""A file of requirements as pip writes and reads them, of which every line must say exactly one version."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..errors import SynthError
from .platform import Platform
from .requirement_lines import FLAGS, logical_lines, split_option

HOW_TO_PIN: Final = (
    "`uv pip compile` and `pip-compile` write such a file, as does `pip freeze` in an environment that has no more "
    "than the migrations need."
)
_URL: Final = re.compile(r"[a-z+]{2,}:(//)?", re.IGNORECASE)
_PATH: Final = re.compile(r"[.~/\\]|[A-Za-z]:[\\/]|.*\.(whl|zip|tar\.\w+|tgz)(\s|$|\[)")
_PASSED_ON: Final = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host")
_WITHOUT_EFFECT: Final = ("--only-binary", "--use-feature")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """
    One version of one package.

    Attributes:
        name: Its name as indexes compare it: lower case, with hyphens.
        hashes: The digests of its files, as in ``sha256:...``; empty: any file will do.
        line: Where it stands, for messages.
    """

    name: str
    version: str
    extras: frozenset[str] = frozenset()
    hashes: tuple[str, ...] = ()
    line: str = ""

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    def to_line(self) -> str:
        return " ".join([str(self), *(f"--hash={one}" for one in self.hashes)])


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """
    What a file of requirements asks for.

    Attributes:
        options: Where to look for the packages, as lines of such a file. May hold credentials.
        links: The folders among them.
    """

    pins: tuple[Pin, ...]
    options: tuple[str, ...] = ()
    links: tuple[Path, ...] = ()


class _Asked(NamedTuple):
    """One line that asks for a package, or limits its version."""

    where: str
    requirement: Requirement
    hashes: tuple[str, ...]


@dataclass
class _Found:
    """What the lines of a file and of those that it names say, before any of it is judged."""

    requirements: list[_Asked] = field(default_factory=list)
    constraints: list[_Asked] = field(default_factory=list)
    options: dict[str, None] = field(default_factory=dict)  # each once, in order
    links: dict[Path, None] = field(default_factory=dict)
    read: set[tuple[Path, bool]] = field(default_factory=set)
    require_hashes: bool = False


def read_requirements(path: Path, platform: Platform) -> Requirements:
    """
    What *path* asks for on *platform*: markers are evaluated for it, not for the machine that synthesizes.

    Raises:
        SynthError: A line can't be read, is of a kind that can't be vendored, or does not say one version.
    """
    found = _Found()
    _read(path, found, constraint=False, named_by="")
    pins = _pins(path, found, platform)
    if found.require_hashes or any(pin.hashes for pin in pins):
        without = [f"{pin} ({pin.line})" for pin in pins if not pin.hashes]
        if without:
            raise SynthError(
                f"{path}: {', '.join(without)} has no hash, and others have. Give all of them one: "
                "`uv pip compile --generate-hashes` and `pip-compile --generate-hashes` do."
            )
    return Requirements(pins=pins, options=tuple(found.options), links=tuple(found.links))


def _read(path: Path, found: _Found, *, constraint: bool, named_by: str) -> None:
    if (path, constraint) in found.read:  # files may name each other
        return
    found.read.add((path, constraint))
    for number, line in logical_lines(path, named_by):
        where = f"{path}:{number}"
        if line.startswith("-"):
            _read_options(path, where, line, found, constraint=constraint)
        else:
            (found.constraints if constraint else found.requirements).append(_read_requirement(where, line))


def _read_options(path: Path, where: str, line: str, found: _Found, *, constraint: bool) -> None:
    try:
        words = shlex.split(line, posix=os.name != "nt")
    except ValueError as error:
        raise SynthError(f"{where} can't be read: {error}. Correct the line.") from error
    while words:
        name, value = split_option(words)
        if name == "--require-hashes":
            found.require_hashes = True
        elif name == "--no-index":
            found.options[name] = None
        elif name in FLAGS:
            continue
        elif not value:
            _refuse(where, f"has {name} without a value", "Correct the line, or delete it.")
        elif name in ("--requirement", "--constraint"):
            _read_other(path, where, value, found, constraint=constraint or name == "--constraint")
        elif name in _PASSED_ON:
            _pass_on(path, name, value, found)
        elif name not in _WITHOUT_EFFECT:
            _refuse_option(where, name, value)


def _read_other(path: Path, where: str, value: str, found: _Found, *, constraint: bool) -> None:
    if _URL.match(value):
        _refuse(where, f"names a file elsewhere, {mask(value)}", "Keep that file beside this one.")
    _read((path.parent / value).resolve(), found, constraint=constraint, named_by=where)


def _refuse_option(where: str, option: str, value: str) -> NoReturn:
    if option == "--editable":
        _refuse_source(where, value)
    _refuse(
        where,
        f"has the option {option}, which can't be followed: wheels are taken as they are, and nothing is built",
        "Delete it.",
    )


def _pass_on(path: Path, option: str, value: str, found: _Found) -> None:
    if option == "--find-links" and not _URL.match(value):
        beside = path.parent / value
        folder = (beside if beside.exists() else Path(value)).expanduser().resolve()
        found.links[folder] = None
        value = str(folder)
    found.options[f"{option} {value}"] = None


def _read_requirement(where: str, line: str) -> _Asked:
    text, *options = re.split(r"\s+(?=--[a-z])", line)
    hashes = []
    for option in options:
        match = re.fullmatch(r"--hash[=\s]\s*(\w+:[0-9a-fA-F]+)", option.strip())
        if match is None:
            _refuse(where, f"has {option!r}, which is for building a package", "Delete it: nothing is built here.")
        hashes.append(match[1])
    if (_PATH.match(text) or _URL.match(text)) and "@" not in text.partition(":")[0]:
        _refuse_source(where, text)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0].rstrip(".:")
        said = mask(f"{text!r} is no requirement ({reason})")
        raise SynthError(f"{where}: {said}. Write it as name==1.2.3.") from error
    if requirement.url is not None:
        _refuse_source(where, requirement.url)
    return _Asked(where, requirement, tuple(sorted(set(hashes))))


def _refuse_source(where: str, source: str) -> NoReturn:
    _refuse(
        where,
        f"asks for {mask(source)}, which is a place and no version",
        "Build a wheel of it (`pip wheel --no-deps -w wheels ...`), and write `--find-links wheels` and name==1.2.3; or, "
        "if it is code of your own, put it into the folder of migrations.",
    )


def _refuse(where: str, what: str, next_step: str) -> NoReturn:
    raise SynthError(f"{where} {what}. {next_step}")


def mask(text: str) -> str:
    """*text* without the credentials of URLs in it."""
    return re.sub(r"://[^/\s]*@", "://****@", text)


def _pins(path: Path, found: _Found, platform: Platform) -> tuple[Pin, ...]:
    constraints: dict[str, list[_Asked]] = {}
    for asked in found.constraints:
        if _holds(asked, platform):
            constraints.setdefault(canonicalize_name(asked.requirement.name), []).append(asked)
    pins: dict[str, Pin] = {}
    loose = []
    for asked in found.requirements:
        if not _holds(asked, platform):
            continue
        name = canonicalize_name(asked.requirement.name)
        pin = _pin(name, [asked, *constraints.get(name, [])])
        if pin is None:
            loose.append(f"{asked.requirement} ({asked.where})")
        else:
            pins[name] = _merged(pins.get(name), pin)
    if loose:
        raise SynthError(
            f"{path}: not pinned: {', '.join(loose)}. What is deployed must be the same each time, so write ==, for "
            f"what they need in turn too. {HOW_TO_PIN}"
        )
    return tuple(pins[name] for name in sorted(pins))


def _holds(asked: _Asked, platform: Platform) -> bool:
    marker = asked.requirement.marker
    return marker is None or marker.evaluate(platform.markers)


def _pin(name: str, limits: list[_Asked]) -> Pin | None:
    """The one version that all of *limits*, of which the first asks, leave; None where they leave more."""
    asked = limits[0]
    version = next((exact for one in limits if (exact := _exact(one.requirement))), None)
    if version is None:
        return None
    for one in limits:
        if not one.requirement.specifier.contains(version, prereleases=True):
            _refuse(
                asked.where, f"asks for {asked.requirement}, and {one.where} for {one.requirement}", "Keep one of them."
            )
    return Pin(
        name=name,
        version=version,
        extras=frozenset(asked.requirement.extras),
        hashes=tuple(sorted({value for one in limits for value in one.hashes})),
        line=asked.where,
    )


def _exact(requirement: Requirement) -> str | None:
    for one in requirement.specifier:
        if one.operator in ("==", "===") and not one.version.endswith(".*"):
            return one.version
    return None


def _merged(known: Pin | None, pin: Pin) -> Pin:
    if known is None:
        return pin
    if known.version != pin.version:
        _refuse(pin.line, f"asks for {pin}, and {known.line} for {known}", "Keep one of them.")
    hashes = tuple(sorted({*known.hashes, *pin.hashes}))
    return replace(known, extras=known.extras | pin.extras, hashes=hashes)
