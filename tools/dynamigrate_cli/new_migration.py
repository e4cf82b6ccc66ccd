"""A migration that is about to be written: its id, its name, its files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import category, normalize

from dynamigrate.contract.names import id_key, parse_file_name
from dynamigrate_pytest.template import path_of_test

from .faults import UsedWrongly
from .templates import Kind, migration_text

# What file systems take, in bytes.
_LONGEST_NAME = 255


@dataclass(frozen=True, kw_only=True)
class NewMigration:
    """
    Attributes:
        id: A UTC timestamp, or what is one above the newest in the folder.
        description: In words.
        file: Where it is to stand.
        test: Where its test is to stand: in a folder that is not deployed.
    """

    id: str
    description: str
    file: Path
    test: Path

    @classmethod
    def of(cls, words: str, folder: Path, *, now: datetime) -> NewMigration:
        """
        Raises:
            UsedWrongly: No name can be made of *words*, or the folder can't be read.
        """
        try:
            names = [path.name for path in folder.iterdir()] if folder.exists() else []
        except OSError as error:
            raise _refused(folder, error, "be read") from error
        migration_id = next_id(names, now=now)
        stem = f"{migration_id}_{_name_of(words)}"
        file = folder / f"{stem}.py"
        test = path_of_test(file)
        if len(test.name.encode()) > _LONGEST_NAME:
            raise UsedWrongly(
                f"The name is too long for a file: {len(stem.encode())} bytes.",
                "Say it in fewer words; what they leave out has its place in the file.",
            )
        _, description = parse_file_name(file.name)
        return cls(id=migration_id, description=description, file=file, test=test)

    def write(self, kind: Kind, *, test: str | None) -> tuple[Path, ...]:
        """
        Write its file, and its test where there is one; the folder is made where it is missing. Returns what was made.

        Raises:
            UsedWrongly: A file is there already, or can't be written. None of them is left behind.
        """
        texts = {self.file: migration_text(self.description, kind)}
        if test is not None:
            texts[self.test] = test
        written: list[Path] = []
        try:
            for path, text in texts.items():
                _write(path, text)
                written.append(path)
        except UsedWrongly:
            for path in written:
                path.unlink(missing_ok=True)
            raise
        return tuple(written)


def next_id(names: Iterable[str], *, now: datetime) -> str:
    """
    *now* as a UTC timestamp; where a file of *names* has an id as high or higher, one above the highest.

    A clock that is behind must not make a migration that is older than one that is applied.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    ids = [one[1] for name in names if (one := re.match(r"([0-9]+)_", name, re.ASCII)) and name.endswith(".py")]
    newest = max(ids, key=id_key, default="0")
    return stamp if id_key(newest) < id_key(stamp) else _one_above(newest)


def _one_above(digits: str) -> str:
    """Counted by hand: Python makes no number of more than 4,300 digits."""
    kept = digits.rstrip("9")
    nines = len(digits) - len(kept)
    if not kept:
        return "1" + "0" * nines
    return f"{kept[:-1]}{int(kept[-1]) + 1}{'0' * nines}"


def _name_of(words: str) -> str:
    """
    *words* as they stand in a file's name: in small letters, an underscore for each run of what is none.

    Raises:
        UsedWrongly: There is no letter and no digit in them.
    """
    text = normalize("NFC", words).strip().removesuffix(".py").casefold()
    kept = "".join(one if one.isalnum() or category(one).startswith("M") else "_" for one in text)
    name = "_".join(part for part in kept.split("_") if part)
    if not any(one.isalnum() for one in name):
        raise UsedWrongly(
            f"No name can be made of {words!r}: there is no letter and no digit in it.",
            'Say in a few words what it does: dynamigrate new "add status".',
        )
    return name


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet: whatever is, is somebody's work."""
    made = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            made = True
            file.write(text)
    except FileExistsError as error:
        if path.parent.is_dir():
            raise UsedWrongly(f"{path} is there already, and was left as it is.", "Run it again.") from error
        raise UsedWrongly(f"{path.parent} is no folder.", "Name the folder that holds the migrations.") from error
    except OSError as error:
        if made:  # half of it, on a disk that is full
            path.unlink(missing_ok=True)
        raise _refused(path, error, "be written") from error


def _refused(path: Path, error: OSError, what: str) -> UsedWrongly:
    return UsedWrongly(
        f"{path} can't {what}: {error.strerror or error}.",
        "Allow this user to, or name another folder by --migrations.",
    )
