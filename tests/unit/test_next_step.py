"""What to do next, as values that every front door puts into its own words."""

import copy
import pickle

import pytest

from dynamigrate import MigrationsError
from dynamigrate.next_step import Argument, Command, NextStep, Repair, repair_advice
from dynamigrate.plan import Direction
from dynamigrate.records import Record
from dynamigrate.targets.history import dirty_error


def on_a_command_line(part: Command | Argument) -> str:
    """As a front door would word them that is no Lambda function."""
    if isinstance(part, Argument):
        return f"--{part.name} {part.value}"
    return " ".join(["dynamigrate", part.action, *(f"--{name}={value}" for name, value in part.arguments.items())])


def test_a_step_is_text_that_can_be_invoked() -> None:
    """As the Lambda function says it: an event that can be pasted."""
    step = NextStep("Invoke ", Command("step", {"n": 2}), " to go on.")
    assert step == 'Invoke {"action": "step", "n": 2} to go on.'
    assert step.command == Command("step", {"n": 2})
    assert step.command.event() == {"action": "step", "n": 2}


def test_a_front_door_words_commands_its_own_way() -> None:
    """All else of the text stays; a step within a step is part of it."""
    inner = NextStep("run ", Command("status"))
    step = NextStep("Wait, then ", inner, ", or say ", Argument("as", "applied"), ".")
    assert step.worded(on_a_command_line) == "Wait, then run dynamigrate status, or say --as applied."


@pytest.mark.parametrize("undo", [False, True])
def test_the_repair_of_a_dirty_migration_is_a_value(undo: bool) -> None:
    """Nobody has to look for it in the text."""
    error = dirty_error([Record(id="7", dirty=True, action=Direction.UNDO if undo else Direction.DO)])
    assert error.repair == Repair("7", "applied" if undo else "pending")
    assert error.next_step.command == error.repair.command
    assert error.next_step.endswith(repair_advice("7", undo=undo))
    assert "dynamigrate repair --migration=7" in error.next_step.worded(on_a_command_line)


def test_an_error_keeps_the_commands_of_its_next_step() -> None:
    """Also where its texts have to be made printable."""
    error = MigrationsError("It broke.", next_step=NextStep("Mend \x00 it, then ", Command("migrate"), "."))
    assert str(error) == 'It broke. Mend \\x00 it, then {"action": "migrate"}.'
    assert error.next_step.command == Command("migrate")
    assert MigrationsError("It broke.", next_step="Mend it.").next_step.command is None


def test_braces_of_a_users_are_no_command() -> None:
    """Only what was given as a command is one."""
    assert NextStep('Look at {"action": "status"}.').command is None


def test_a_step_is_the_same_after_copying() -> None:
    """Errors are sent from one process to another."""
    step = NextStep("Invoke ", Command("step", {"n": 2}), ".")
    assert copy.copy(step).parts == step.parts
    assert pickle.loads(pickle.dumps(step)).command == step.command
