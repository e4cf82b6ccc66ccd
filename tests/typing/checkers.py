"""The two type checkers, in their strict modes, on a folder of a user's."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
# Source roots that a user has as installed packages.
ROOTS: Final = [ROOT / root for root in ("lambda_src", "infra", "tools")]
# What pyright says in its strict mode of libraries that have no types, as boto3 and pytest's plugins.
OF_UNTYPED_LIBRARIES: Final = (
    "reportUnknownMemberType",
    "reportUnknownVariableType",
    "reportUnknownArgumentType",
    "reportUnknownParameterType",
    "reportMissingTypeStubs",
)

Found = set[tuple[str, int]]


def wrong(files: Sequence[Path], *without: str, mark: str = "wrong") -> Found:
    """The lines that say they are, but for those that have one of these words."""
    return {
        (file.name, number)
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if line.endswith(f"# {mark}") and not any(word in line for word in without)
    }


def copied(files: Sequence[Path], folder: Path) -> Path:
    """The files, where no configuration of this repository is about them."""
    users = folder / "users"
    users.mkdir()
    for file in files:
        shutil.copy(file, users)
    return users


def mypy(users: Path, config: str, *, python: str = sys.executable, roots: Sequence[Path] = ROOTS) -> tuple[Found, str]:
    """The lines of *users* with an error, and all that was said."""
    folder = users.parent
    (folder / "mypy.ini").write_text(config)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", folder / "mypy.ini", "--cache-dir", folder / "cache"),
            *("--python-executable", python, users),
        ],
        env={"MYPYPATH": ":".join(map(str, roots)), "PATH": ""},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    return {
        (Path(name).name, int(line)) for name, line in re.findall(r"^(.+\.py):(\d+): error", said, re.MULTILINE)
    }, said


def pyright(users: Path, *off: str, python: str = sys.executable, roots: Sequence[Path] = ROOTS) -> tuple[Found, str]:
    """The same of pyright, which says nothing of what is *off*."""
    folder = users.parent
    node = shutil.which("node")
    assert node is not None, "the CDK's own tests need it too"
    config = {
        "include": [users.name],
        "extraPaths": list(map(str, roots)),
        "typeCheckingMode": "strict",
        **dict.fromkeys(off, False),
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    done = subprocess.run(
        [node, ROOT / "node_modules/pyright/index.js", "--outputjson", "--pythonpath", python, "-p", folder],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [one for one in json.loads(done.stdout)["generalDiagnostics"] if one["severity"] == "error"]
    found = {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in errors}
    return found, json.dumps(errors, indent=1)
