"""Folders as they are deployed: which files, with which rights, and a digest over all of them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_LEFT_OUT_SUFFIXES = (".pyc", ".pyo")


def copy_tree(source: Path, target: Path, *, without: Iterable[str] = (), whole: bool = False) -> None:
    """
    Copy *source* to *target*, which must not exist.

    Files and folders named in *without* stay behind, at every depth, and so do caches and dot files, unless it is to be
    *whole*; links are followed. Rights are the same whatever the umask, since the function's user must be able to read
    what another wrote.
    """
    names = frozenset(without)

    def left_out(_folder: str, found: list[str]) -> set[str]:
        return {name for name in found if name in names or not (whole or _is_source(name))}

    # Times are not copied: a fresh one keeps CDK's cache of file hashes, which goes by inode and time, from mistaking
    # a file for an earlier one.
    shutil.copytree(source, target, ignore=left_out, copy_function=shutil.copyfile)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def copy_any(source: Path, target: Path) -> None:
    """Copy *source*, a file or a folder, all of it, as `copy_tree` does."""
    if source.is_dir():
        copy_tree(source, target, whole=True)
    else:
        target.write_bytes(source.read_bytes())
        target.chmod(0o644)


def _is_source(name: str) -> bool:
    return not (name.startswith(".") or name == "__pycache__" or name.endswith(_LEFT_OUT_SUFFIXES))


def files(root: Path) -> Iterator[str]:
    """The paths of all files under *root*, relative, with forward slashes, in an order that is the same everywhere."""
    # Every synth goes through a thousand files some times, and a `Path` for each takes several times as long.
    top = os.fspath(root)
    found = []
    for folder, _, names in os.walk(top):
        inside = os.path.relpath(folder, top).replace(os.sep, "/")
        before = "" if inside == "." else f"{inside}/"
        found += [before + name for name in names if os.path.isfile(os.path.join(folder, name))]  # noqa: PTH113, PTH118
    return iter(sorted(found))


class Found(NamedTuple):
    """
    A file.

    Attributes:
        digest: Of its content, by SHA-256, as hexadecimal digits.
        size: In bytes.
    """

    digest: str
    size: int


def found_in(root: Path, *, whole: bool = True) -> dict[str, Found]:
    """
    What is under *root*, by its path.

    Args:
        whole: With caches and dot files.
    """
    top, found = os.fspath(root), {}
    for name in files(root):
        if whole or all(_is_source(part) for part in name.split("/")):
            with open(f"{top}/{name}", "rb") as file:  # noqa: PTH123
                content = file.read()
            found[name] = Found(hashlib.sha256(content).hexdigest(), len(content))
    return found


def digest_of(contents: Mapping[str, Found]) -> str:
    """A digest of every file's path and content: thirty-two hexadecimal digits."""
    digest = hashlib.sha256()
    for name, found in sorted(contents.items()):
        digest.update(f"{found.digest} {name}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def digest(root: Path, *, whole: bool = True) -> str:
    """The digest of what is under *root*, as `found_in` takes it."""
    return digest_of(found_in(root, whole=whole))


def size(contents: Mapping[str, Found]) -> int:
    """Bytes of all these files."""
    return sum(found.size for found in contents.values())
