"""The commands that the widget shows, against the command line and the function that take them."""

import json
import re

import pytest

from dynamigrate.widget.commands import command, line, where
from dynamigrate_cli.wording import Wording

EVENTS = [
    {"action": "status"},
    {"action": "migrate"},
    {"action": "undo", "confirm": True},
    {"action": "repair", "migration": "20261123090000", "as": "pending", "confirm": True},
    {"action": "repair", "migration": "20261123090000", "as": "applied", "confirm": True},
    {"action": "unlock", "confirm": True},
    {"action": "unlock", "force": True, "confirm": True},
    {"action": "unlock", "migration": "20261123090000", "confirm": True},
    {"action": "cancel", "migration": "20261123090000", "confirm": True},
    {"action": "pause"},
    {"action": "resume", "migration": "20261123090000"},
]


@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_a_command_is_typed_as_the_command_line_words_it(event: dict[str, object]) -> None:
    """Letter by letter."""
    options = where("OrderMigrations/Migrations")
    assert line(event, options) == Wording(options).command(event)


@pytest.mark.parametrize(
    ("history", "options"),
    [
        ("OrderMigrations/Migrations", ("--stack", "OrderMigrations")),
        ("Shop/Orders/History", ("--stack", "Shop", "--construct", "Orders/History")),
        ("Shop", ("--stack", "Shop")),
        ("", ()),
    ],
)
def test_the_command_line_is_told_where(history: str, options: tuple[str, ...]) -> None:
    """By the stack, and by the construct where that has another name than usual."""
    assert where(history) == options


def test_a_command_can_be_pasted_as_it_is() -> None:
    """Its JSON is the event."""
    html = command(EVENTS[3], "OrderMigrations/Migrations")
    [pasted] = re.findall(r"<code>(\{.*?\})</code>", html)
    assert json.loads(pasted.replace("&quot;", '"')) == EVENTS[3]


def test_a_next_step_that_is_no_command_is_a_sentence() -> None:
    """As after a rollback."""
    assert "<p" in command("Deploy the code that has it again.", "")
    assert command(None, "") == command({"no": "action"}, "") == command(17, "") == ""
