"""The engine's commands as they are typed here, and back."""

import shlex
from collections.abc import Mapping
from typing import Any

import pytest

from dynamigrate.commands.registry import COMMANDS
from dynamigrate.next_step import Argument, Command, NextStep, repair_advice
from dynamigrate_cli.session import Session
from dynamigrate_cli.wording import Wording
from tests.cli.command_line import CommandLine

_EVENTS: list[Mapping[str, Any]] = [
    *(command.example for command in COMMANDS.values()),
    {"action": "step", "n": -2, "confirm": True},
    {"action": "plan", "n": 3},
    {"action": "plan", "migration": "5"},
    {"action": "cancel", "migration": "20261123090000", "confirm": True},
    {"action": "unlock", "force": True, "migration": "5", "confirm": True},
    {"action": "rate", "read_units": 5, "write_units": 2.5, "for": "1h30m", "migration": "5"},
    {"action": "workers", "n": 3, "migration": "5"},
    {"action": "migrate", "wait": 60},
    {"action": "verify", "migration": "5"},
    {"action": "to", "migration": "5", "confirm": True},
]


class _Place:
    """Notes what it is asked, and has nothing."""

    words = short_words = "a place"

    def __init__(self, *, undoes: bool) -> None:
        self._planned = "undo" if undoes else "do"
        self.events: list[dict[str, Any]] = []

    def ask(self, event: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        self.events.append(dict(event))
        if event["action"] == "plan":
            return {
                "ok": True,
                "actions": [{"action": self._planned, "migration": "9", "description": "x"}],
                "pending": [],
            }
        return {"ok": False, "error": {"type": "Nothing", "message": "Nothing here.", "next": ""}}

    def follow(self, answer: dict[str, Any], **_: Any) -> dict[str, Any]:
        return answer


@pytest.mark.parametrize("event", _EVENTS, ids=str)
def test_each_command_can_be_typed_as_it_is_said(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, event: Mapping[str, Any]
) -> None:
    """What is worded as the next step sends the very event that it stands for."""
    place = _Place(undoes=bool(event.get("confirm")))
    monkeypatch.setattr(Session, "place", place)
    words = Wording().command(event, confirmed=True)
    result = cli(*shlex.split(words)[1:], "--table", "Mine", *([] if "--yes" in words else ["--yes"]))
    assert place.events[-1] == dict(event), result.err


def test_where_it_is_typed_again_is_said_too() -> None:
    """The options that found the place; what is in the environment or a file is there anyway."""
    wording = Wording(["--stack", "My Stack"])
    assert wording.command({"action": "undo", "confirm": True}) == "dynamigrate down --stack 'My Stack'"


SAID = {
    NextStep("Invoke ", Command("status"), " to see what is. Nothing was done."): (
        "Run dynamigrate status to see what is. Nothing was done."
    ),
    NextStep("Correct it, then ", repair_advice("20261123090000")): (
        "Correct it, then run dynamigrate repair 20261123090000 --as pending to have it run again, or --as applied to "
        "count it as done."
    ),
    NextStep(
        "Nothing was done. If that is what you want, add ", Argument("confirm", value=True), ": ",
        Command("undo", {"confirm": True}),
    ): "Nothing was done. If that is what you want, add --yes: dynamigrate down --yes",
    NextStep("Give ", Argument("n", 1), ', or see {this} and {"that": 1}.'): (
        'Give "n": 1, or see {this} and {"that": 1}.'
    ),
    NextStep("For example ", Command("rate", {"write_units": 500, "for": "90m"}), "."): (
        "For example dynamigrate rate --write-units 500 --for 90m."
    ),
}  # fmt: skip


@pytest.mark.parametrize(("step", "said"), SAID.items(), ids=range(len(SAID)))
def test_a_next_step_of_a_function_is_said_in_commands(step: NextStep, said: str) -> None:
    """From its text alone, which is all that an answer has."""
    assert Wording().text(str(step)) == said


def test_a_next_step_may_be_an_event() -> None:
    """As `status` has it."""
    assert Wording().next_step({"action": "migrate"}) == "dynamigrate up"
    assert Wording().next_step("Deploy the code that has it again.") == "Deploy the code that has it again."
