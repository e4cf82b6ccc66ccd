"""What is told as a run goes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .error_text import error_message, safe_repr, type_name
from .errors import RunUnfinished
from .plan import Action, Direction, Plan
from .records import Run


@dataclass(frozen=True, kw_only=True)
class BeforePlan:
    """The lock is held, and nothing was read yet."""

    run: Run


@dataclass(frozen=True, kw_only=True)
class AfterPlan:
    """
    Attributes:
        plan: What will run; None where planning failed with *error*.
        seconds: Planning took.
    """

    run: Run
    plan: Plan | None
    seconds: float
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class BeforeAction:
    """
    Attributes:
        number: Which action of the plan it is, from 1.
        total: How many the plan has.
    """

    run: Run
    action: Action
    number: int
    total: int


@dataclass(frozen=True, kw_only=True)
class AfterAction:
    """
    Attributes:
        seconds: The action took, its recording included.
        error: Why it failed or stopped; None: it finished and is recorded.
    """

    run: Run
    action: Action
    seconds: float
    error: BaseException | None = None


class Reporter(Protocol):
    """
    Is told of a run's steps. After every *before* comes its *after*, whatever went wrong.

    What a reporter raises is logged and changes nothing.
    """

    def before_plan(self, event: BeforePlan) -> None: ...

    def after_plan(self, event: AfterPlan) -> None: ...

    def before_action(self, event: BeforeAction) -> None: ...

    def after_action(self, event: AfterAction) -> None: ...


class LogReporter:
    """One log line an event: a name, such as ``migration.applied``, and fields."""

    def __init__(self, logger: logging.Logger | Any) -> None:
        self._logger = logger

    def before_plan(self, event: BeforePlan) -> None:
        self._logger.debug("plan.started", extra=_fields(event.run))

    def after_plan(self, event: AfterPlan) -> None:
        fields = {**_fields(event.run), "seconds": round(event.seconds, 3)}
        if event.plan is None:
            self._logger.error("plan.refused", extra={**fields, **_error(event.error)})
        else:
            self._logger.info("plan.made", extra={**fields, "actions": [str(action) for action in event.plan]})

    def before_action(self, event: BeforeAction) -> None:
        name = "migration.undo_started" if event.action.direction is Direction.UNDO else "migration.started"
        fields = {"number": event.number, "total": event.total, "resumed": event.action.resume}
        self._logger.info(name, extra={**_fields(event.run), **_action(event.action), **fields})

    def after_action(self, event: AfterAction) -> None:
        fields = {**_fields(event.run), **_action(event.action), "seconds": round(event.seconds, 3)}
        if isinstance(event.error, RunUnfinished):
            self._logger.warning("migration.stopped", extra={**fields, **_error(event.error)})
        elif event.error is not None:
            self._logger.error("migration.failed", extra={**fields, **_error(event.error)})
        else:
            name = "migration.undone" if event.action.direction is Direction.UNDO else "migration.applied"
            self._logger.info(name, extra=fields)


class SafeReporter:
    """Passes each event on to *reporters*; one that raises is logged and stops nothing."""

    def __init__(self, reporters: Sequence[Reporter], logger: logging.Logger) -> None:
        self._reporters = reporters
        self._logger = logger

    def before_plan(self, event: BeforePlan) -> None:
        self._tell("before_plan", event)

    def after_plan(self, event: AfterPlan) -> None:
        self._tell("after_plan", event)

    def before_action(self, event: BeforeAction) -> None:
        self._tell("before_action", event)

    def after_action(self, event: AfterAction) -> None:
        self._tell("after_action", event)

    def _tell(self, method: str, event: object) -> None:
        for reporter in self._reporters:
            try:
                getattr(reporter, method)(event)
            except Exception:
                self._logger.warning("reporter.failed", extra={"reporter": safe_repr(reporter)}, exc_info=True)


def _fields(run: Run) -> dict[str, object]:
    return {"run_id": run.id}


def _action(action: Action) -> dict[str, object]:
    return {"migration": action.migration.id, "description": action.migration.description}


def _error(error: BaseException | None) -> dict[str, object]:
    return {"error_type": type_name(error), "error": error_message(error)} if error is not None else {}
