"""Reporting a run as it goes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .error_text import describe_error, error_message, safe_repr, type_name
from .errors import MigrationsError, RunUnfinished
from .log import duration_text, listed, log_event
from .plan import Action, Direction, Plan
from .records import Run


@dataclass(frozen=True, kw_only=True)
class BeforePlan:
    """The lock is held, and nothing was read yet; a dry run holds none, and has read the history by then."""

    run: Run


@dataclass(frozen=True, kw_only=True)
class AfterPlan:
    """
    The plan was made, or there can be none.

    Attributes:
        plan: What will run; None where planning failed with *error*.
        seconds: How long planning took.
    """

    run: Run
    plan: Plan | None
    seconds: float
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True)
class BeforeAction:
    """
    An action is about to begin.

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
    An action has finished, failed or stopped.

    Attributes:
        seconds: How long the action took, its recording included.
        error: Why it failed or stopped; None: it finished and is recorded.
        left_dirty: Whether the migration is dirty now.
    """

    run: Run
    action: Action
    seconds: float
    error: BaseException | None = None
    left_dirty: bool = False


class Reporter(Protocol):
    """
    Hears of each step of a run. After every *before* comes its *after*, whatever went wrong.

    What a reporter raises is logged and changes nothing.
    """

    def before_plan(self, event: BeforePlan) -> None:
        """The run has begun, and decides next what there is to do."""
        ...

    def after_plan(self, event: AfterPlan) -> None:
        """It is decided, or why it can't be is known."""
        ...

    def before_action(self, event: BeforeAction) -> None:
        """A migration is about to be done or undone."""
        ...

    def after_action(self, event: AfterAction) -> None:
        """It was, or failed, or stopped."""
        ...


class LogReporter:
    """
    Writes one log line for each event: a sentence, with the event's name, such as ``migration.applied``, and fields
    beside it.
    """

    def __init__(self, logger: logging.Logger | Any, *, dry_run: bool = False) -> None:
        self._logger = logger
        self._dry_run = dry_run

    def before_plan(self, event: BeforePlan) -> None:
        log_event(self._logger, logging.DEBUG, "plan.started", "The run plans.", **_fields(event.run))

    def after_plan(self, event: AfterPlan) -> None:
        fields = {**_fields(event.run), "seconds": round(event.seconds, 3)}
        if event.plan is None:
            sentence = f"Nothing is run: {_described(event.error)}"
            log_event(self._logger, logging.ERROR, "plan.refused", sentence, **fields, **_error(event.error))
        else:
            actions = [str(action) for action in event.plan]
            sentence = f"The plan: {listed(actions)}." if actions else "There is nothing to run."
            log_event(self._logger, logging.INFO, "plan.made", sentence, **fields, actions=actions)

    def before_action(self, event: BeforeAction) -> None:
        action = event.action
        fields = {**_fields(event.run), **_action(action), "number": event.number, "total": event.total}
        how = f"{'goes on from its checkpoint' if action.resume else 'begins'} ({event.number} of {event.total})."
        if action.direction is Direction.UNDO:
            sentence = f"The undo of {action.migration} {how}"
            log_event(self._logger, logging.INFO, "migration.undo_started", sentence, **fields, resumed=action.resume)
        else:
            sentence = f"{action.migration} {how}"
            log_event(self._logger, logging.INFO, "migration.started", sentence, **fields, resumed=action.resume)

    def after_action(self, event: AfterAction) -> None:
        fields = {**_fields(event.run), **_action(event.action), "seconds": round(event.seconds, 3)}
        migration, took = event.action.migration, duration_text(event.seconds)
        if isinstance(event.error, RunUnfinished):
            sentence = _described(event.error)
            log_event(self._logger, logging.WARNING, "migration.stopped", sentence, **fields, **_error(event.error))
        elif event.error is not None:
            sentence = _failed(event.error, event.action, took)
            log_event(self._logger, logging.ERROR, "migration.failed", sentence, **fields, **_error(event.error))
        elif event.action.direction is Direction.UNDO:
            sentence = f"{migration} {'would be undone' if self._dry_run else f'undone in {took}'}."
            log_event(self._logger, logging.INFO, "migration.undone", sentence, **fields)
        else:
            sentence = f"{migration} {'would be applied' if self._dry_run else f'applied in {took}'}."
            log_event(self._logger, logging.INFO, "migration.applied", sentence, **fields)


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
            except Exception:  # noqa: BLE001 - logged, as promised
                sentence = f"A reporter ({type_name(reporter)}) failed, which changes nothing."
                log_event(
                    self._logger,
                    logging.WARNING,
                    "reporter.failed",
                    sentence,
                    exc_info=True,
                    reporter=safe_repr(reporter),
                )


def _fields(run: Run) -> dict[str, object]:
    return {"run_id": run.id}


def _action(action: Action) -> dict[str, object]:
    return {"migration": action.migration.id, "description": action.migration.description}


def _described(error: BaseException | None) -> str:
    """What happened; the end of the run says what to do next."""
    if isinstance(error, MigrationsError):
        return error.message
    return "" if error is None else describe_error(error)


def _failed(error: BaseException, action: Action, took: str) -> str:
    """What the error says, and after how long: ``1_split_names failed after 0.2 s: ValueError: no name.``"""
    what, migration = _described(error), action.migration
    for failed in (f"{migration} failed", f"{migration} could not be undone"):
        if what.startswith(failed):
            return f"{failed} after {took}{what[len(failed) :]}"
    return f"{migration} failed after {took}: {what}"


def _error(error: BaseException | None) -> dict[str, object]:
    return {"error_type": type_name(error), "error": error_message(error)} if error is not None else {}
