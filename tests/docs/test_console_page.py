"""docs/how-to/console.md has an event to paste for each command there is."""

import json
import re

from dynamigrate.commands.registry import COMMANDS
from tests.docs.blocks import PROJECT

_PAGE = (PROJECT / "docs" / "how-to" / "console.md").read_text(encoding="utf-8")
_EVENTS = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)]


def test_every_command_can_be_pasted_as_its_example_has_it() -> None:
    """Whole, confirmed where it has to be; and no command is there that there is none of."""
    for name, command in COMMANDS.items():
        assert dict(command.example) in _EVENTS, name
    assert {event["action"] for event in _EVENTS} == set(COMMANDS)


def test_what_looks_can_be_pasted_as_text() -> None:
    """Each of the three."""
    assert {event["action"] for event in _EVENTS if event.get("format") == "text"} == {"status", "plan", "history"}


def test_the_outputs_are_those_that_a_stack_has() -> None:
    """By their names in the table: those of the order service, which has all but detached runs."""
    told = re.findall(r"\*([A-Za-z]+)\*", _PAGE.partition("## Send")[0].partition("|---|")[2].partition("\n\n")[0])
    stack = json.loads((PROJECT / "tests/infra/snapshots/OrderMigrations.json").read_text(encoding="utf-8"))
    # CDK puts a digest behind a name; what else is there has a name of the app's own.
    found = [re.fullmatch(r"Migrations([A-Za-z]+)[0-9A-F]{8}", name) for name in stack["Outputs"]]
    assert sorted(told) == sorted([*(one[1] for one in found if one), "DetachedRunsPage"])
