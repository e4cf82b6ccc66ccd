"""What holds for every command, and for events that are none."""

from collections.abc import Mapping
from typing import Any

import pytest

from dynamigrate.commands.registry import COMMANDS
from tests.acceptance.commands.console import ALL, CENTS, STATUSES, Console

pytestmark = pytest.mark.acceptance

# An argument's value that can't be.
WRONG: dict[str, object] = {
    "migration": 20261102090000, "n": "1", "as": "done", "wait": -1, "force": "yes", "confirm": "true",
    "read_units": 0, "write_units": "500", "for": "soon", "check": "yes", "sample": 0,
    "dry_run": "yes", "mask": 1, "format": "html",
}  # fmt: skip


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("migrate", {}),
        ("step", {"n": 1}),
        ("to", {"migration": STATUSES}),
        ("undo", {"confirm": True}),
        ("rewind", {"confirm": True}),
        ("reset", {"confirm": True}),
        ("repair", {"migration": STATUSES, "as": "pending", "confirm": True}),
        ("baseline", {"migration": STATUSES, "confirm": True}),
    ],
)
def test_a_command_that_runs_does_nothing_while_somebody_else_runs(
    console: Console, action: str, arguments: Mapping[str, Any]
) -> None:
    """The answer names the holder, since when, and what to do; no run is left behind."""
    with console.held_by_a_colleague():
        error = console.refused(action, **arguments)
    assert error["type"] == "LockHeld"
    assert error["message"].startswith("The lock 'migrations' is held by process 7 on a colleague's laptop since 20")
    assert error["next"].startswith("Wait until it has finished, and try again.")
    assert error["command"] == {"action": "unlock", "confirm": True}
    assert console.invoke("history")["runs"] == []


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("undo", {}),
        ("rewind", {}),
        ("reset", {}),
        ("step", {"n": -1}),
        ("to", {"migration": STATUSES}),
        ("repair", {"migration": STATUSES, "as": "applied"}),
        ("baseline", {"migration": STATUSES}),
        ("unlock", {}),
        ("unlock", {"force": True}),
    ],
)
def test_a_command_that_undoes_or_overrides_has_to_be_confirmed(
    console: Console, action: str, arguments: Mapping[str, Any]
) -> None:
    """The answer has the same event with its confirmation, ready to be sent."""
    console.begin(STATUSES, CENTS)
    for given in (arguments, {**arguments, "confirm": False}):
        error = console.refused(action, **given)
        assert error["type"] == "ConfirmationNeeded"
        assert error["next"].startswith('Nothing was done. If that is what you want, add "confirm": true: ')
        assert error["command"] == {"action": action, **arguments, "confirm": True}


@pytest.mark.parametrize("action", COMMANDS)
def test_a_mistaken_argument_is_named_and_nothing_is_done(console: Console, action: str) -> None:
    """One that is missing, one of the wrong type and one that there is not; each answer has an event that would do."""
    command = COMMANDS[action]
    example = dict(command.example)
    arguments = {name: value for name, value in example.items() if name != "action"}
    mistakes: list[tuple[dict[str, object], str]] = [
        ({**arguments, "colour": "red"}, f"{action} has no argument 'colour'; it takes "),
        *(
            ({other: value for other, value in arguments.items() if other != name}, f'{action} needs "{name}": ')
            for name in command.required
        ),
        *(
            ({**arguments, name: WRONG[name]}, f'{action}: "{name}" is {WRONG[name]!r}, and should be ')
            for name in (*command.required, *command.optional)
        ),
    ]
    for given, message in mistakes:
        error = console.refused(action, **given)
        assert error["type"] == "InvalidArgument"
        assert error["message"].startswith(message)
        assert error["next"].endswith("Nothing was done.")
        assert error["command"] == example


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"key1": "value1", "key2": "value2", "key3": "value3"}, "The event has no action."),
        ({}, "The event has no action."),
        ({"action": "destroy"}, "There is no action 'destroy'."),
        ({"action": ["migrate"]}, "There is no action ['migrate']."),
        ([{"action": "migrate"}], "The event is [{'action': 'migrate'}], and should be an object with an action."),
        ("migrate", "The event is 'migrate', and should be an object with an action."),
        (None, "The event is None, and should be an object with an action."),
    ],
    ids=["console's test event", "empty", "unknown", "no text", "a list", "a text", "null"],
)
def test_a_stray_event_gets_the_list_of_commands(console: Console, event: object, message: str) -> None:
    """The console's ready-made test event too; nothing changes."""
    before = console.state()
    answer = console.send(event)
    assert list(answer) == ["ok", "error", "commands"]
    assert answer["error"] == {
        "type": "UnknownAction", "message": message, "next": "Nothing was done. Send one of the commands below.",
    }  # fmt: skip
    assert [one["example"]["action"] for one in answer["commands"]] == list(COMMANDS)
    assert console.state() == before


def test_every_example_in_the_list_of_commands_can_be_sent(console: Console) -> None:
    """None of them is refused for how it is written."""
    console.begin(*ALL)
    for command in console.send({})["commands"]:
        answer = console.send(command["example"])
        assert answer["ok"] or answer["error"]["type"] not in (
            "UnknownAction", "InvalidArgument", "ConfirmationNeeded",
        )  # fmt: skip
