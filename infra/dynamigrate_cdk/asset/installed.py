"""Packages that are installed beside the construct, copied from there: a synth then needs no index."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from .requirements import Pin


def copy_installed(pins: Iterable[Pin], target: Path) -> list[Pin]:
    """
    Copy those of *pins* to *target* that are installed here as their wheel brought them, and return the others.

    A package is copied if it is the very version, of pure Python, from an index, and each of its files is as in its
    RECORD.
    """
    missing = []
    for pin in pins:
        files = _intact(pin)
        if files is None:
            missing.append(pin)
            continue
        for name, content in files.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return missing


def _intact(pin: Pin) -> dict[str, bytes] | None:
    """The files of an installed package; None where it is another version, or not as its wheel brought it."""
    try:
        found = distribution(pin.name)
    except (PackageNotFoundError, ValueError):
        return None
    # A `direct_url.json` is there where it came from a folder or an archive, edited maybe.
    if found.version != pin.version or not _is_universal(found) or found.read_text("direct_url.json") is not None:
        return None
    files = {}
    for path in found.files or ():
        if ".." in path.parts or path.suffix in {".pyc", ".pyo"}:  # programs, and what is compiled here
            continue
        try:
            content = Path(str(path.locate())).read_bytes()
        except OSError:
            return None
        if not _matches(path, content):
            return None
        files[path.as_posix()] = content
    return files or None


def _is_universal(found: Distribution) -> bool:
    lines = (found.read_text("WHEEL") or "").splitlines()
    tags = [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]
    return "Root-Is-Purelib: true" in lines and any("py3" in tag and tag.endswith("-none-any") for tag in tags)


def _matches(path: PackagePath, content: bytes) -> bool:
    """Whether *content* is as in the RECORD, which has no digest of itself, nor of the notes of some installers."""
    if path.hash is None:
        return path.parent.suffix == ".dist-info"
    if path.hash.mode not in {"sha256", "sha384", "sha512"}:
        return False
    there = base64.urlsafe_b64encode(hashlib.new(path.hash.mode, content).digest()).rstrip(b"=")
    return there.decode() == path.hash.value
