"""What all files keep to: their size, their names, and words that are in none of them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files

# Longer ones, each with its reason.
LONG: dict[str, str] = {
    "lambda_src/dynamigrate/errors.py": "the tree of all errors, and the classes that more than one room raises",
    "lambda_src/dynamigrate/dynamodb/target.py": "all calls of a target, a few lines each: what they do is in other files",
}


@pytest.mark.parametrize("folder", ["lambda_src", "infra", "tools", "examples", "benchmarks"])
def test_modules_are_no_longer_than_300_lines(folder: str) -> None:
    """One noun each, but where a reason stands beside the name."""
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files(ROOT / folder)}
    long = {str(file.relative_to(ROOT)) for file, lines in lengths.items() if lines > 300}
    assert long == {name for name in LONG if name.startswith(f"{folder}/")}


def test_modules_are_no_boxes_for_this_and_that() -> None:
    """A module is named for what it is."""
    boxes = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)($|_)")
    roots = ("lambda_src", "infra", "tools", "examples", "benchmarks", "tests")
    paths = files(*(ROOT / root for root in roots))
    named = {part for path in paths for part in path.relative_to(ROOT).with_suffix("").parts}
    assert {name for name in named if boxes.search(name)} == set()


def test_texts_name_no_machine_and_no_task() -> None:
    """Not the folders of whoever wrote them, nor numbers that mean something only to them."""
    places = {str(ROOT), str(Path.home())} - {"/"}
    places |= {f"/{name}/" for name in ("root", "Users", "work")}
    words = re.compile("|".join([*map(re.escape, sorted(places)), r"/home/\w", r"\b[Ii]ssues? #?\d"]))
    offending = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in _texts()
        if path != Path(__file__) and (found := words.search(path.read_text(encoding="utf-8")))
    ]
    assert offending == []


def _texts() -> list[Path]:
    """All text that is, or is about to be, in the repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no clone of the repository")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    texts = [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]
    assert texts
    return texts
