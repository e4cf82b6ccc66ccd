"""The page of the command line names all that there is, and nothing else."""

import re
from typing import Any

import pytest
from typer.main import get_command

from dynamigrate_cli.faults import ExitCode
from dynamigrate_cli.main import app
from dynamigrate_cli.options import SETTINGS
from tests.docs.blocks import PROJECT

_PAGE = (PROJECT / "docs/reference/cli.md").read_text(encoding="utf-8")
_PROGRAM: Any = get_command(app)
# Its options have a page of their own.
_ELSEWHERE = ("local",)
_SETTINGS = {setting.option for setting in SETTINGS.values()}


def _row(command: str) -> str:
    """The row of the table of commands."""
    found = [line for line in _PAGE.splitlines() if re.match(rf"\| (`\w+`, )?`{command}[ `]", line)]
    assert len(found) == 1, command
    return found[0]


@pytest.mark.parametrize("command", sorted(_PROGRAM.commands))
def test_each_command_has_its_row_with_its_options(command: str) -> None:
    """Those of every command are in the table of settings."""
    row = _row(command)
    if command in _ELSEWHERE:
        return
    own = {name for one in _PROGRAM.commands[command].params for name in one.opts if name.startswith("-")}
    missing = {name for name in own - _SETTINGS - {"--help", "-h"} if not re.search(rf"`{name}[ `]", row)}
    assert missing == set()


def test_each_row_is_of_a_command() -> None:
    """One that was taken away would stay."""
    table = _PAGE.partition("## Commands")[2].partition("\n`dynamigrate")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for cell in cells for name in re.findall(r"`(\w+)", cell)} == set(_PROGRAM.commands)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_each_setting_has_its_option_variable_key_and_default(setting: Any) -> None:
    """As the settings themselves have them."""
    rows = [line for line in _PAGE.splitlines() if f"`{setting.variable}`" in line and line.startswith("|")]
    assert len(rows) == 1
    option, variable, key, default = (cell.strip() for cell in rows[0].strip("|").split("|"))
    assert option == (f"`{setting.option} {setting.metavar}".rstrip() + "`" if setting.option else "")
    assert variable.startswith(f"`{setting.variable}`")
    assert f"`{setting.key}`" in key
    if setting.default:
        assert default == f"`{setting.default}`"


def test_each_exit_code_is_told() -> None:
    """And none that there is not."""
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", _PAGE, re.MULTILINE)} == {int(code) for code in ExitCode}


@pytest.mark.parametrize("command", sorted(_PROGRAM.commands))
def test_each_help_has_examples_that_can_be_typed(command: str) -> None:
    """As they stand there."""
    found = _PROGRAM.commands[command]
    assert found.help
    assert found.epilog, "it has no examples"
    for line in found.epilog.splitlines():
        program, *words = re.sub(r" > .*$", "", line).split()
        assert program == "dynamigrate"
        context = _PROGRAM.make_context("dynamigrate", words, resilient_parsing=True)
        name, resolved, rest = _PROGRAM.resolve_command(context, words)
        assert name == command
        assert resolved.make_context(name, rest, parent=context)
