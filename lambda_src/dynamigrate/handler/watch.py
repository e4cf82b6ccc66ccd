"""
The function that watches over a history: on a schedule it writes metrics of what is wrong, and as the action of an alarm
it says what the alarm is about, to a topic.

It may read the history, its own log, and publish to that topic; nothing of what migrates runs here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from ..contract import Env
from ..contract.metrics import NAMESPACE, WatchMetric
from ..error_text import describe_error
from ..errors import InvalidSetting
from ..log import log_event
from ..status import StatusReport, status
from ..targets import StateTarget
from .history_metrics import write_metrics
from .invocation import Invocation
from .setup import Setup
from .watching.alarm_change import AlarmChange
from .watching.look import Look
from .watching.message import Message, Messages
from .watching.place import Place
from .watching.standing import FIELD, Remembered, Standing

# Enough to find the run in that left a migration dirty.
_RUNS: Final = 100
_OWN_LOG: Final = "AWS_LAMBDA_LOG_GROUP_NAME"


def handle(event: object, context: Any) -> dict[str, Any]:
    """
    Lambda calls this.

    Raises:
        Exception: The history could not be read, or nobody be told; whoever called calls again.
    """
    return _watch().respond(event, context)


class Watch:
    """
    One process's.

    Args:
        now: Tells the time, in seconds since the epoch.
    """

    def __init__(self, environ: Mapping[str, str], setup: Setup, *, now: Callable[[], float] = time.time) -> None:
        self._environ = environ
        self._setup = setup
        self._now = now
        self._remembered = Remembered(lambda: setup.clients.logs, environ.get(_OWN_LOG, ""))
        self._history = environ.get(Env.HISTORY) or environ.get(Env.STACK_NAME) or NAMESPACE

    def respond(self, event: object, context: Any) -> dict[str, Any]:
        """
        Say what the alarm in *event* is about; of anything else, measure.

        Raises:
            Exception: As `handle`.
        """
        invocation = Invocation.begin(context)
        self._setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
        target = self._setup.target(invocation)
        change = AlarmChange.read(event)
        if change is None:
            return {"measured": self._measure(target)}
        return {"told": self._tell(change, target)}

    def _measure(self, target: StateTarget) -> dict[str, float]:
        """Write what is wrong as metrics; returns them."""
        report, now = self._report(target), self._now()
        standing = self._standing(report, now)
        # Without anything dirty nobody asks when runs ended.
        runs = target.runs(_RUNS) if report.dirty else ()
        look = Look.at(report, runs, standing, now, given_up=_given_up(report, target))
        values, seen = dict(look.metrics), {}
        if report.running:
            self._remembered.keep(standing, now)
            # That nothing stands still is written, too: the line carries what was seen to the next look.
            values = {WatchMetric.STALLED_SECONDS: 0.0, **values}
            seen = {FIELD: standing.text}
        if values:
            write_metrics(self._history, values, "What waits, or is wrong, in the history, as metrics.", **seen)
        return {metric.value: value for metric, value in values.items()}

    def _tell(self, change: AlarmChange, target: StateTarget) -> str:
        """Publish what *change* is about; returns the message's subject, empty: there was nothing to say."""
        messages = Messages(history=self._history, place=self._place)
        if change.state == "OK":
            message = messages.over(change)
        elif change.state == "ALARM":
            report, now = self._report(target), self._now()
            runs = target.runs(_RUNS) if report.has_state else ()
            look = Look.at(report, runs, self._standing(report, now), now, given_up=_given_up(report, target))
            message = messages.of(change, look, runs)
        else:
            return ""
        self._publish(message)
        return message.subject

    def _report(self, target: StateTarget) -> StatusReport:
        return status(self._setup.source.load(), target, changed="ignore")

    def _standing(self, report: StatusReport, now: float) -> Standing:
        if not report.running:
            return Standing({})
        try:
            before = self._remembered.last(now)
        except Exception as error:  # noqa: BLE001 - what else is wrong is told all the same
            before = Standing({})
            log_event(
                self._setup.logs.events,
                logging.WARNING,
                "watch.forgot",
                f"What the last look saw could not be read, so all counts as moving: {describe_error(error)}",
                error=describe_error(error),
            )
        return before.after(report.running, now)

    @property
    def _place(self) -> Place:
        environ = self._environ
        return Place.of(
            environ.get(Env.FUNCTION_ARN, ""),
            stack=environ.get(Env.STACK_NAME, ""),
            history=environ.get(Env.HISTORY, ""),
            log_group=environ.get(Env.LOG_GROUP, ""),
        )

    def _publish(self, message: Message) -> None:
        """
        Raises:
            InvalidSetting: There is no topic.
            Exception: Whatever SNS raised.
        """
        if not (topic := self._environ.get(Env.TOPIC_ARN)):
            raise InvalidSetting(
                f"The environment variable {Env.TOPIC_ARN.value} is empty, so nobody was told: {message.subject}",
                next_step="Give the Migrations construct alarm_topic=..., and deploy again.",
            )
        # A topic that keeps an order wants to know of what, and what is the same.
        digest = hashlib.sha256(message.body.encode()).hexdigest()
        ordered = {"MessageGroupId": "dynamigrate", "MessageDeduplicationId": digest} if topic.endswith(".fifo") else {}
        self._setup.clients.topic.publish(TopicArn=topic, Subject=message.subject, Message=message.body, **ordered)


def _given_up(report: StatusReport, target: StateTarget) -> dict[str, float]:
    """When the time was up of runs of their own that nobody goes on with, by their ids, in seconds since the epoch."""
    own = {one.record.id: one.record.detached for one in report.dirty if one.record.detached}
    locks = {run_id: target.detached(migration).lock_status() for migration, run_id in own.items()}
    return {
        run_id: lock.deadline_ms / 1000 for run_id, lock in locks.items() if lock is not None and lock.run_id == run_id
    }


@cache
def _watch() -> Watch:
    return Watch(os.environ, Setup(os.environ))
