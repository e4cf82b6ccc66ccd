"""What a shell offers while a command is typed, as the shell itself finds it."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAMS = str(Path(sys.executable).parent)

# What is typed, and what is offered.
TYPED = [
    ("dynamigrate re", {"repair", "reset", "resume"}),
    ("dynamigrate up --mig", {"--migrations"}),
    ("dynamigrate to 2026110", {"20261102090000", "20261109143000"}),
    ("dynamigrate plan --to 2026112", {"20261123090000"}),
    ("dynamigrate --migrations other to 2", {"2"}),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three migrations, a helper, and what is no migration; and another folder."""
    for name in ("20261102090000_one.py", "20261109143000_two.py", "20261123090000_three.py", "_four.py", "five.py"):
        (tmp_path / "migrations").mkdir(exist_ok=True)
        (tmp_path / "migrations" / name).write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "2_two.py").write_text("")
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} on this machine")
    return found


def said(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, env=environment(folder), cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize(("typed", "offered"), TYPED)
def test_bash_completes(folder: Path, typed: str, offered: set[str]) -> None:
    """By the function that `--show-completion` prints for it."""
    words = typed.split()
    script = (
        "source <(dynamigrate --show-completion)\n"
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
        "_dynamigrate_completion dynamigrate\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    assert set(said(folder, shell("bash"), "-c", script).split()) == offered


@pytest.mark.parametrize(("typed", "offered"), TYPED)
def test_fish_completes(folder: Path, typed: str, offered: set[str]) -> None:
    """With what each means beside it."""
    script = f"dynamigrate --show-completion | source; complete -C '{typed}'"
    lines = dict(line.split("\t", 1) for line in said(folder, shell("fish"), "-c", script).splitlines())
    assert set(lines) == offered
    assert all(lines.values())


def test_zsh_completes(folder: Path) -> None:
    """When the tab key is pressed."""
    zsh = shell("zsh")
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [zsh, "-f", "-i"], env=environment(folder), cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    try:
        typing = (
            "PS1='ready> '; unsetopt zle_bracketed_paste\n"
            "autoload -U compinit; compinit -u -D; source <(dynamigrate --show-completion); echo sour''ced\n"
        )
        os.write(controller, typing.encode())
        _until(controller, "sourced")
        os.write(controller, b"echo dynamigrate; dynamigrate repai\t")
        _until(controller, "dynamigrate repair ")
        os.write(controller, b"2026112\t")
        _until(controller, "20261123090000")
    finally:
        process.kill()
        process.wait()
        os.close(controller)


def test_what_is_wrong_keeps_nobody_from_typing_on(folder: Path) -> None:
    """A broken pyproject.toml, and no folder: nothing is offered, and nothing is said."""
    (folder / "pyproject.toml").write_text("[tool.dynamigrate]\nmigrations = \n")
    asked = environment(folder) | {"COMP_WORDS": "dynamigrate to 2", "COMP_CWORD": "2"}
    for words in ("dynamigrate to 2", "dynamigrate --migrations nowhere to 2"):
        done = subprocess.run(
            [f"{PROGRAMS}/dynamigrate"],
            env=asked | {"_DYNAMIGRATE_COMPLETE": "complete_bash", "COMP_WORDS": words},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.strip(), done.stderr) == ("", "")


def _until(controller: int, expected: str) -> None:
    """Read until it stands there."""
    shown, deadline = "", time.monotonic() + 60
    while expected not in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x08|\x07", "", shown):
        left = deadline - time.monotonic()
        assert left > 0, shown
        if select.select([controller], [], [], left)[0]:
            shown += os.read(controller, 4096).decode(errors="replace")
