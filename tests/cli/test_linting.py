"""``dynamigrate lint``: its places, what it shows, and what it ends with."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dynamigrate_cli.main import run
from tests.lint.folders import NAME, write

_SCAN = 'def do(ctx):\n    print(ctx.dynamodb.scan(TableName=ctx.tables["orders"]))\n'


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of migrations where the settings look for it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "migrations", {NAME: _SCAN})


def lint(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["dynamigrate", "lint", *arguments])
    return run()


def test_the_folder_of_the_settings_is_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a pipe a line for each finding; how many there are on stderr."""
    assert lint(monkeypatch) == 1
    out, err = capsys.readouterr()
    [line] = out.splitlines()
    assert line.startswith(f"migrations/{NAME}:2:11: DYN109 do scans once: ")
    assert err == "1 finding in 1 file.\n"
    assert lint(monkeypatch, "--ignore", "DYN109") == 0
    assert lint(monkeypatch, "--select", "DYN2,DYN104") == 0
    assert lint(monkeypatch, f"migrations/{NAME}", "--select", "DYN109") == 1


def test_tables_are_those_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where none are named they are not known, and not looked at."""
    assert lint(monkeypatch, "--select", "DYN108") == 0
    assert lint(monkeypatch, "--select", "DYN108", "--name", "customers=Data-Customers-1") == 1
    assert "ctx.tables['orders'], which is not given; there is customers." in capsys.readouterr().out


def test_an_answer_as_json_is_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Findings, a rule, or an error, and nothing else."""
    assert lint(monkeypatch, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], [one["code"] for one in answer["findings"]]) == (False, ["DYN109"])
    assert lint(monkeypatch, "--json", "--explain", "deleted-table") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["rule"]["code"]) == (True, "DYN104")
    assert lint(monkeypatch, "--json", "nowhere") == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"] == {
        "type": "LintError",
        "message": "There is no nowhere.",
        "next": "Name the folder that holds the migrations.",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "Error: There is no nowhere.\nName the folder that holds the migrations.\n"),
        (["--select", "E5"], "Error: --select has 'E5', which no code begins with.\nThere are DYN001,"),
        (["--explain", "E5"], "Error: There is no rule 'E5'.\nThere are DYN001,"),
        (["--against", "main"], "Error: migrations is in no git repository"),
    ],
)
def test_a_wrong_use_ends_with_2_and_says_what_to_do(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a traceback, and with nothing on stdout."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    assert lint(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)


def test_a_terminal_shows_findings_by_file_and_wraps_them() -> None:
    """At 80 columns; a place stays in one piece, so that it can be opened."""
    shown = in_terminal("lint")
    lines = [line.rstrip() for line in shown.splitlines()]
    assert lines[:3] == [
        f"migrations/{NAME}",
        f"  migrations/{NAME}:2:11 DYN109 first-page-only",
        "    do scans once: what is beyond the first megabyte is not seen.",
    ]
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "1 finding in 1 file."


def in_terminal(*arguments: str) -> str:
    """What the program shows in a terminal of 80 columns, without its colors."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"}
    program = [sys.executable, "-c", "from dynamigrate_cli.main import main; main()", *arguments]
    with subprocess.Popen(program, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            shown += part
        os.close(ours)
        assert process.wait() == 1
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())
