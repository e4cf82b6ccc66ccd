"""The command line as tests use it: in this process with pipes, and as a program in a terminal."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

GOOD = "def do(ctx):\n    pass\n\n\ndef undo(ctx):\n    pass\n"
LASTING = "def do(ctx):\n    pass\n"
BAD = "def do(ctx):\n    raise ValueError(\"order 'broken' has no customer\")\n\n\ndef undo(ctx):\n    pass\n"
FIRST, SECOND, THIRD = "20261102090000", "20261109143000", "20261116101500"
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Result:
    """What a command ended with and wrote."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class CommandLine:
    """Runs commands in this process; both streams are pipes, and nobody can be asked."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Result:
        from dynamigrate_cli.main import run

        self.monkeypatch.setattr(sys, "argv", ["dynamigrate", *arguments])
        self.capsys.readouterr()
        code = run()
        captured = self.capsys.readouterr()
        return Result(int(code), captured.out, captured.err)


class Project:
    """
    A folder of an author: migrations, and settings.

    Attributes:
        table, lock_table: The state tables, which are there once a run has made them.
    """

    def __init__(self, folder: Path, endpoint_url: str, table: str) -> None:
        self.folder = folder
        self.endpoint_url = endpoint_url
        self.table, self.lock_table = f"{table}-Migrations", f"{table}-Lock"
        self.migrations = folder / "migrations"
        self.migrations.mkdir()
        (folder / "pyproject.toml").write_text(
            f'[tool.dynamigrate]\ntable = "{self.table}"\nlock-table = "{self.lock_table}"\n'
            f'endpoint-url = "{endpoint_url}"\nregion = "us-east-1"\n'
        )

    def write(self, *bodies: str) -> None:
        """Files ``create statuses``, ``store totals in cents`` and ``spell out statuses``, as many as bodies."""
        names = (f"{FIRST}_create_statuses", f"{SECOND}_store_totals_in_cents", f"{THIRD}_spell_out_statuses")
        for name, body in zip(names, bodies, strict=False):
            self.write_file(name, body)

    def write_file(self, name: str, body: str) -> Path:
        path = self.migrations / f"{name}.py"
        path.write_text(body)
        return path


def program(*arguments: str, folder: Path, **options: Any) -> "subprocess.Popen[bytes]":
    """The program as a process of its own, in *folder*."""
    return subprocess.Popen(
        [sys.executable, "-m", "dynamigrate_cli", *arguments], cwd=folder, env={**os.environ}, **options
    )


def plain(text: str) -> str:
    """*text* of a terminal without its colors, its cursor, and what was overwritten."""
    lines = _CODES.sub("", text.replace("\r\n", "\n")).split("\n")
    return "\n".join(line.rsplit("\r", 1)[-1].rstrip() for line in lines)
