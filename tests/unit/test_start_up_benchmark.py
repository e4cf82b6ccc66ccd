"""What the benchmark of the command line's start makes of what it finds. Nothing is measured here."""

import subprocess
import sys

from benchmarks.start_up import section
from benchmarks.start_up.series import BARE, COMMANDS, HELP, StartUps

from tests.unit.fleet_results import MACHINE


def _results() -> StartUps:
    """Our help takes half of what the bare program's does, in rounds of which the second is slow for everybody."""
    seconds = {name: [0.1, 0.4, 0.1] for name in COMMANDS} | {BARE: [0.3, 0.9, 0.2], HELP: [0.15, 0.45, 0.1]}
    return StartUps(machine=MACHINE, seconds=seconds)


def test_each_is_compared_with_the_bare_program_of_its_round() -> None:
    """Itself but once."""
    table = section.tables(_results())["start_ups"].splitlines()
    rows = {row[0]: row[1:] for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in table)}
    assert rows["a bare typer program, `--help`"] == ["300 (200 to 900)", ""]
    assert rows["`dynamigrate --help`"] == ["150 (100 to 450)", "0.50\N{MULTIPLICATION SIGN} (0.5 to 0.5)"]


def test_the_section_is_found_again() -> None:
    """And it says on what it was measured."""
    text = section.markdown(_results())
    assert "in 3 rounds" in text
    assert "$" not in text
    page = f"before\n{section.MARKS.around('old')}\nafter"
    assert section.MARKS.replaced(page, text) == f"before\n{section.MARKS.around(text)}\nafter"


def test_each_program_runs() -> None:
    """The bare one is one that a person could have written."""
    done = subprocess.run([sys.executable, *COMMANDS[BARE]], capture_output=True, text=True, check=True)
    assert "hello" in done.stdout
    assert "goodbye" in done.stdout
