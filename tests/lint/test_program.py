"""``python -m dynamigrate_lint``: what it prints, and what it ends with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dynamigrate_lint import RULES, Rule
from dynamigrate_lint.__main__ import main
from tests.lint.folders import NAME, write

ROOT = Path(__file__).parents[2]
_SCAN = "def do(ctx):\n    print(ctx.dynamodb.scan())\n"


def test_findings_are_lines_and_end_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line and column as editors read them; how many there are on stderr."""
    write(tmp_path, {NAME: _SCAN})
    assert main([str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    [line] = out.splitlines()
    assert line.startswith(f"{tmp_path / NAME}:2:11: DYN109 do scans once: ")
    assert line.endswith("Where one page is enough, say so with Limit=.")
    assert err == "1 finding in 1 file.\n"


def test_no_findings_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing on stdout, for a program that reads it."""
    write(tmp_path, {NAME: "def do(ctx):\n    pass\n"})
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "No findings.\n")


def test_a_file_stands_for_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a hook is given files; a helper in a folder of helpers, too, and each folder once."""
    write(tmp_path, {NAME: "from ._in.scan import do\n", "_in/__init__.py": "", "_in/scan.py": _SCAN})
    assert main([str(tmp_path / "_in/scan.py"), str(tmp_path / NAME)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_findings_as_json_have_the_names_of_their_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And where the documentation has them."""
    write(tmp_path, {NAME: _SCAN})
    assert main([str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    [finding] = answer.pop("findings")
    assert answer == {"ok": False}
    assert finding.pop("message").startswith("do scans once")
    assert finding.pop("fix")
    assert finding == {
        "path": str(tmp_path / NAME),
        "line": 2,
        "column": 11,
        "code": "DYN109",
        "name": "first-page-only",
        "page": "docs/reference/lint.md#dyn109",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is no nowhere. Name the folder that holds the migrations."),
        ([".", "--select", "E501"], "--select has 'E501', which no code begins with."),
        (["--explain", "DYN999"], "There is no rule 'DYN999'. There are DYN001"),
    ],
)
def test_a_wrong_use_ends_with_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr; as an object too, where that is wanted."""
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert main([*arguments, "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["error"]["next"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_explains_itself(rule: Rule, capsys: pytest.CaptureFixture[str]) -> None:
    """By code or by name."""
    code, name = rule.code, rule.name
    assert main(["--explain", code.lower()]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{code} {name}\n\n")
    assert f"docs/reference/lint.md#{code.lower()}" in told
    assert main(["--explain", name]) == 0
    assert capsys.readouterr().out == told


def test_it_needs_nothing_that_is_installed(tmp_path: Path) -> None:
    """In an interpreter without any package."""
    write(tmp_path, {NAME: _SCAN})
    path = f"{ROOT / 'tools'}:{ROOT / 'lambda_src'}"
    done = subprocess.run(
        [sys.executable, "-S", "-W", "error", "-m", "dynamigrate_lint", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": path},
    )
    assert (done.returncode, done.stderr) == (1, "1 finding in 1 file.\n")


_EXAMPLES = ("existing_app/migrations", "bookshop/migrations/catalogue", "bookshop/migrations/orders")


@pytest.mark.parametrize("folder", ["lambda_src/migrations", *(f"examples/{one}" for one in _EXAMPLES)])
def test_the_examples_have_no_findings(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    """People copy them."""
    assert main([str(ROOT / folder)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_a_name_that_is_no_text_can_be_told(how: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Linux takes any bytes for a name."""
    (tmp_path / os.fsdecode(b"20260101000000_\xff.py")).write_text("def do(ctx):\n    pass\n")
    assert main([str(tmp_path), *how]) == 1
    capsys.readouterr().out.encode("utf-8")
