"""The commands that run migrations: ``migrate``, ``step``, ``to``, ``undo``, ``rewind``, ``reset``."""

from __future__ import annotations

from collections.abc import Sequence

from ...log import listed
from ...migration import Migration
from ...next_step import Argument, Command, NextStep
from ...plan import Direction, Plan
from ...planners import (
    MigratePlanner,
    Planner,
    ResetPlanner,
    RewindPlanner,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from ..errors import ConfirmationNeeded
from .answers import AnswerObject, outcome_view, succeeded
from .call import Call


class ConfirmedBack:
    """
    Plans as *planner* does, and refuses to go back unless that is *confirmed*: where it leads is only known under the
    lock.
    """

    def __init__(self, planner: Planner, *, confirmed: bool, next_step: NextStep) -> None:
        self._planner = planner
        self._confirmed = confirmed
        self._next_step = next_step

    def plan(self, migrations: Sequence[Migration], applied: Sequence[str]) -> Plan:
        """
        Raises:
            ConfirmationNeeded: It would undo something.
        """
        plan = self._planner.plan(migrations, applied)
        undone = [action.migration.id for action in plan if action.direction is Direction.UNDO]
        if undone and not self._confirmed:
            raise ConfirmationNeeded(f"This would undo {listed(undone)}.", next_step=self._next_step)
        return plan


def confirm_with(confirmed: Command) -> NextStep:
    """The next step of a command that was not confirmed."""
    add = Argument("confirm", value=True)
    return NextStep("Nothing was done. If that is what you want, add ", add, ": ", confirmed)


def migrate(call: Call) -> AnswerObject:
    return _run(call, MigratePlanner())


def step(call: Call) -> AnswerObject:
    return _run(call, StepPlanner(call.arguments.n or 0))


def to(call: Call) -> AnswerObject:
    return _run(call, ToPlanner(call.arguments.migration))


def undo(call: Call) -> AnswerObject:
    return _run(call, UndoPlanner())


def rewind(call: Call) -> AnswerObject:
    return _run(call, RewindPlanner())


def reset(call: Call) -> AnswerObject:
    return _run(call, ResetPlanner())


def _run(call: Call, planner: Planner) -> AnswerObject:
    confirmed = ConfirmedBack(planner, confirmed=call.arguments.confirm, next_step=confirm_with(call.confirmed))
    return succeeded(**outcome_view(call.migrate(confirmed)))
