"""What of a run goes to the default bus, and when."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from ...errors import RunUnfinished
from ...lifecycle import LifecycleEvent, MigrationHeld, RunEnded
from ...reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan
from .details import Details, Told
from .sender import Sender


class RunEvents:
    """
    The events of one process's runs.

    A run with nothing to do sends none but what it holds. What it left dirty goes with its end, as a run may undo what
    failed before that.

    Args:
        bus: Makes the client of EventBridge, or returns it.
    """

    def __init__(self, bus: Callable[[], Any], *, history: str, stack: str, log: logging.Logger) -> None:
        self._details = Details(history=history, stack=stack)
        self._sender = Sender(bus, log=log)
        self._reporter = _Reporter(self._details, self._sender)

    def starting(self, *, goes_on: bool) -> _Reporter:
        """
        The reporter of the run that begins now.

        Args:
            goes_on: It began in another process, which said so.
        """
        self._sender.begin()
        self._reporter = _Reporter(self._details, self._sender, goes_on=goes_on)
        return self._reporter

    def tell(self, event: LifecycleEvent) -> None:
        """Send *event*; what is held, of which there may be many, with what comes next."""
        told = self._details.of(event, time.time())
        if isinstance(event, MigrationHeld):
            self._sender.keep(told)
            return
        dirty = self._reporter.take_dirty() if isinstance(event, RunEnded) else []
        self._sender.send(*dirty, told)

    def flush(self) -> None:
        """Send what waits for more to come: there is none."""
        self._sender.flush()


class _Reporter:
    """Hears of one run's plan and of its migrations."""

    def __init__(self, details: Details, sender: Sender, *, goes_on: bool = False) -> None:
        self._details = details
        self._sender = sender
        self._goes_on = goes_on
        self._dirty: dict[str, Told] = {}

    def take_dirty(self) -> list[Told]:
        """What the run left dirty, once."""
        dirty, self._dirty = [*self._dirty.values()], {}
        return dirty

    def before_plan(self, event: BeforePlan) -> None: ...

    def after_plan(self, event: AfterPlan) -> None:
        if event.plan and not self._goes_on:
            self._sender.send(self._details.started(event.run, event.plan, time.time()))

    def before_action(self, event: BeforeAction) -> None:
        # Of those that are held it is known by now, and what begins may take long.
        self._sender.flush()

    def after_action(self, event: AfterAction) -> None:
        migration_id = event.action.migration.id
        # One that stopped goes on by itself, from its checkpoint.
        if event.left_dirty and not isinstance(event.error, RunUnfinished):
            self._dirty[migration_id] = self._details.dirty(event.run, event.action, event.error, time.time())
        elif not event.left_dirty:
            self._dirty.pop(migration_id, None)
