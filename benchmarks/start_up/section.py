"""The section about the command line's start: its table, in the text around it."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from ..grid import grid
from ..marks import Marks
from ..spread import Spread
from .series import BARE, COMMAND, HELP, IDS, PYTHON, StartUps

MARKS: Final = Marks("start-up", "make bench ARGS=--startup")
_TEMPLATE: Final = Path(__file__).with_name("start_up.md.template")
_TITLES: Final = {
    PYTHON: "the interpreter alone",
    BARE: "a bare typer program, `--help`",
    HELP: "`dynamigrate --help`",
    COMMAND: "`dynamigrate status --help`",
    IDS: "a shell asks which ids may follow `dynamigrate to`",
}


def markdown(results: StartUps) -> str:
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        tables(results),
        rounds=results.rounds,
        day=results.machine.day,
        machine=results.machine,
    )


def tables(results: StartUps) -> dict[str, str]:
    """By their names in the template."""
    rows = [
        (title, _milliseconds(Spread.of(results.seconds[name])), _ratio(results, name))
        for name, title in _TITLES.items()
    ]
    return {"start_ups": grid(("a fresh process", "ms", "in the bare program's"), rows)}


def _milliseconds(spread: Spread) -> str:
    return f"{spread.median * 1000:,.0f} ({spread.low * 1000:,.0f} to {spread.high * 1000:,.0f})"


def _ratio(results: StartUps, name: str) -> str:
    return "" if name == BARE else str(Spread.of_ratios(results.seconds[name], results.seconds[BARE]))
