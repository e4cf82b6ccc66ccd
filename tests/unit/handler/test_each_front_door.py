"""Every front door answers a command in the same shape: the function, and a process of a person's own."""

import json
import re
from typing import Any

import pytest

from dynamigrate.commands.process_door import ProcessDoor
from dynamigrate.commands.registry import COMMANDS, respond
from dynamigrate.sources.folder import FolderSource
from dynamigrate.validation import Policy
from tests.unit.handler.front import BAD, FIRST, GOOD, LASTING, SECOND, Front, Target

# What is each run's, or each process's, own.
_OWN = ("run_id", "actor", "seconds", "at", "applied_at", "began", "started_at")

Story = list[dict[str, Any]]
STORIES: dict[str, Story] = {
    "to_look": [
        {"action": "status"},
        {"action": "plan"},
        {"action": "plan", "n": 1},
        {"action": "plan", "dry_run": True},
        {"action": "plan", "mask": True},
        {"action": "history"},
    ],
    "to_run": [{"action": "step", "n": 1}, {"action": "status"}, {"action": "migrate"}, {"action": "history"}],
    "to_go_back": [
        {"action": "migrate"},
        {"action": "undo"},
        {"action": "undo", "confirm": True},
        {"action": "to", "migration": FIRST},
        {"action": "rewind", "confirm": True},
        {"action": "reset", "confirm": True},
    ],
    "to_mend": [
        {"action": "baseline", "migration": FIRST, "confirm": True},
        {"action": "repair", "migration": SECOND, "as": "pending", "confirm": True},
        {"action": "unlock", "confirm": True},
        {"action": "verify", "migration": FIRST},
    ],
    "that_are_wrong": [
        {"action": "drop"},
        {},
        {"action": "to"},
        {"action": "step", "n": "x"},
        {"action": "step", "n": 9},
    ],
    "of_a_run": [
        {"action": "pause"},
        {"action": "resume"},
        {"action": "cancel", "confirm": True},
        {"action": "workers", "n": 2},
    ],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_answers_have_one_shape(front: Front, story: Story) -> None:
    """Field by field, but for what is each run's own."""
    front.write(GOOD, GOOD)
    target = Target()
    for event in story:
        assert _shape(_at_hand(front, target, event)) == _shape(front.handle(event)), event


def test_what_fails_is_told_alike(front: Front) -> None:
    """With the outcome of the run, its error and the next step; afterwards the status says so."""
    front.write(GOOD, BAD, LASTING)
    target = Target()
    for event in ({"action": "migrate"}, {"action": "status"}, {"action": "migrate"}):
        assert _shape(_at_hand(front, target, event)) == _shape(front.handle(event))
    assert target.states() == front.target.states() == {FIRST: "applied", SECOND: "dirty"}


def test_a_person_is_told_whose_run_it_was(front: Front) -> None:
    """As the process says who asks."""
    front.write(GOOD)
    target = Target()
    _at_hand(front, target, {"action": "migrate"})
    assert _at_hand(front, target, {"action": "history"})["runs"][0]["actor"] == "ana at her desk"


def test_every_command_is_in_a_story() -> None:
    """One that comes later is told here too; a rate has the time that it ends in its answer."""
    told = {str(event.get("action")) for story in STORIES.values() for event in story}
    assert told - {"drop", "None"} == set(COMMANDS) - {"rate"}


def _at_hand(front: Front, target: Target, event: dict[str, Any]) -> Any:
    door = ProcessDoor(
        source=FolderSource(front.folder),
        target=target,
        actor="ana at her desk",
        state={"table_name": "_migrations", "lock_table_name": "_migrations-lock", "lock_id": "migrations"},
        policy=Policy(phase="before"),
    )
    return json.loads(json.dumps(respond(event, door)))


def _shape(answer: Any) -> Any:
    match answer:
        case dict():
            return {name: "..." if name in _OWN else _shape(value) for name, value in answer.items()}
        case list():
            return [_shape(one) for one in answer]
        case str():
            return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<when>", answer)
        case _:
            return answer
