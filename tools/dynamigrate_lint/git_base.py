"""The migrations of another revision, as git has them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dynamigrate.contract.names import IdKey, id_key, parse_file_name

from .errors import NoBase

_SECONDS: Final = 30
# What a hook of git's own is given names the repository relative to where the hook began.
_OF_A_HOOK: Final = frozenset(
    {"GIT_COMMON_DIR", "GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_WORK_TREE"}
)
_NOT_FOUND: Final = 1  # what `git merge-base` ends with where there is none


@dataclass(frozen=True)
class Base:
    """
    Attributes:
        reference: As it was asked for.
        known: Ids that were there when this branch began, or that are there now.
        newest: The newest id on the other side; empty: there is none.
    """

    reference: str
    known: frozenset[IdKey]
    newest: str


def base_of(folder: Path, reference: str) -> Base:
    """
    What *reference*, ``main`` for example, has in the same folder.

    Raises:
        NoBase: There is no git, no repository, no such revision; or no common history, as in a shallow clone.
    """
    repository = folder.resolve()
    if not reference or reference.startswith("-"):
        raise NoBase(f"{reference!r} is no revision.", "Name a branch, a tag or a commit: --against main.")
    _git(repository, "rev-parse", "--show-toplevel", what=f"{folder} is in no git repository")
    commit = _git(
        repository,
        "rev-parse",
        "--verify",
        "--quiet",
        f"{reference}^{{commit}}",
        what=f"git knows no revision {reference!r} here",
        next_step="Fetch it (git fetch origin main), and name it as git has it: --against origin/main.",
    ).strip()
    common = _merge_base(repository, commit, reference)
    there, before = _ids(repository, commit), _ids(repository, common)
    return Base(reference, frozenset({*there, *before}), there[max(there)] if there else "")


def _merge_base(repository: Path, commit: str, reference: str) -> str:
    done = _run(repository, "merge-base", "HEAD", commit)
    if done.returncode == 0:
        return done.stdout.strip()
    shallow = _run(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"
    if done.returncode == _NOT_FOUND and shallow:
        raise NoBase(
            f"This clone is shallow, so that git can't tell where this branch left {reference}.",
            "Fetch the whole history: git fetch --unshallow, or fetch-depth: 0 of actions/checkout.",
        )
    raise NoBase(
        f"HEAD and {reference} have no commit in common{_said(done)}.", "Name the branch that this one began from."
    )


def _ids(repository: Path, commit: str) -> dict[IdKey, str]:
    """The ids of the migrations that *commit* has in the folder."""
    listed = _git(repository, "ls-tree", "-z", "--name-only", commit, "./", what=f"git can't list {commit}")
    found = {}
    for name in listed.split("\0"):
        try:
            migration_id, _ = parse_file_name(name.rpartition("/")[2])
        except ValueError:  # no migration's name
            continue
        found[id_key(migration_id)] = migration_id
    return found


def _git(repository: Path, *arguments: str, what: str, next_step: str = "") -> str:
    done = _run(repository, *arguments)
    if done.returncode:
        raise NoBase(f"{what}{_said(done)}.", next_step or "Lint without --against, or where the repository is.")
    return done.stdout


def _run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    git = shutil.which("git")
    if git is None:
        raise NoBase("git is not installed.", "Install it, or lint without --against.")
    try:
        return subprocess.run(  # noqa: S603 - no shell, and its arguments are ours but for a checked revision
            [git, "-c", "core.quotePath=false", *arguments],
            cwd=repository,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in _OF_A_HOOK},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoBase(f"git could not be run: {error}.", "Lint without --against.") from error


def _said(done: subprocess.CompletedProcess[str]) -> str:
    said = done.stderr.strip().splitlines()
    return f" ({said[0].rstrip('.')})" if said else ""
