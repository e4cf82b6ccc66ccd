"""One `local` for each app."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..faults import Fault

FOLDER = ".dynamigrate"


@contextmanager
def only_one(app: Path) -> Iterator[Path]:
    """
    A block in which no other `local` works on *app*; the kernel ends the claim with the process, however that ends.

    Yields a folder for what is made: git does not see it.

    Raises:
        Fault: There is one, with its process and its address; or the folder can't be made.
    """
    folder = app / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        file = (folder / "local.json").open("a+", encoding="utf-8")
    except OSError as error:
        raise Fault(f"{folder} can't be written: {error.strerror}.", "Allow this user to write there.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault(
                f"There is one for {app} already{_told(folder)}.", "Use that one, or end it with Ctrl-C where it runs."
            ) from error
        note(folder, {"process": os.getpid()})
        yield folder
        file.truncate(0)


def note(folder: Path, facts: dict[str, object]) -> None:
    """Write down what a second one is told."""
    (folder / "local.json").write_text(json.dumps(facts), encoding="utf-8")


def _told(folder: Path) -> str:
    try:
        facts = json.loads((folder / "local.json").read_text(encoding="utf-8"))
        return f": process {facts['process']}" + (f", at {facts['endpoint']}" if "endpoint" in facts else "")
    except (OSError, ValueError, KeyError, TypeError):
        return ""
