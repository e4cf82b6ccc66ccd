"""The commands that run migrations: ``migrate``, ``step``, ``to``, ``undo``, ``rewind``, ``reset``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..contract.choices import Phase
from ..errors import HandedOver
from ..history import History
from ..log import listed
from ..next_step import Argument, Command, NextStep
from ..plan import Plan
from ..planners import (
    MigratePlanner,
    Planner,
    ResetPlanner,
    RewindPlanner,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from .answers import AnswerObject, outcome_view, phase_view, succeeded
from .call import Call
from .errors import ConfirmationNeeded


def confirm_with(confirmed: Command) -> NextStep:
    """The next step of a command that was not confirmed."""
    add = Argument("confirm", value=True)
    return NextStep("Nothing was done. If that is what you want, add ", add, ": ", confirmed)


# A note for the process that goes on with ``to``: up to which migration.
TO: Final = "to"


def _phase(call: Call) -> Phase | None:
    """Whatever a function runs forward is of its own phase; it undoes what is applied, of either."""
    return call.door.policy.phase


def migrate(call: Call) -> AnswerObject:
    return _run(call, MigratePlanner(_phase(call)), notes={})


def step(call: Call) -> AnswerObject:
    return _run(call, StepPlanner(call.arguments.n or 0, _phase(call)))


def to(call: Call) -> AnswerObject:
    return _run(call, ToPlanner(call.arguments.migration, _phase(call)), notes={TO: call.arguments.migration})


def undo(call: Call) -> AnswerObject:
    return _run(call, UndoPlanner())


def rewind(call: Call) -> AnswerObject:
    return _run(call, RewindPlanner())


def reset(call: Call) -> AnswerObject:
    return _run(call, ResetPlanner(_phase(call)))


def _run(call: Call, planner: Planner, notes: Mapping[str, str] | None = None) -> AnswerObject:
    def confirm(plan: Plan, _history: History) -> None:
        """Refuse a plan that undoes something unless it was confirmed: what it undoes is only known under the lock."""
        if plan.undone and not call.arguments.confirm:
            raise ConfirmationNeeded(f"This would undo {listed(plan.undone)}.", next_step=confirm_with(call.confirmed))

    try:
        outcome = call.migrate(planner, before_running=confirm, notes=notes)
    except HandedOver as handed_over:
        return succeeded(
            **phase_view(_phase(call)),
            goes_on=handed_over.message,
            next=Command("status").event(),
            **outcome_view(handed_over.outcome),
        )
    return succeeded(**phase_view(_phase(call)), **outcome_view(outcome))
