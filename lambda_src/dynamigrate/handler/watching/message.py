"""What is said of an alarm: what is wrong, since when, why, and what to type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ...contract.metrics import RunMetric, WatchMetric
from ...error_text import printable
from ...log import listed
from ...next_step import Command
from ...records import RunRecord, RunResult
from ...status import DirtyStatus, Finding
from .alarm_change import AlarmChange
from .look import Dirty, Look, Overdue, Stalled, seconds_of
from .place import Place
from .wording import LONGEST_REASON, Message, moment, subject_of, typed, where

_OVER: Final[Mapping[RunMetric | WatchMetric, str]] = {
    WatchMetric.DIRTY_SECONDS: "no migration is dirty for long any more",
    WatchMetric.LOCK_OVERDUE_SECONDS: "no lock is past its deadline any more",
    WatchMetric.STALLED_SECONDS: "no detached migration stands still for long any more",
}
_STATUS: Final = ("It shows how everything stands", Command("status"))
# That one message tells of.
_MOST_RUNS: Final = 3
# Seconds before an alarm in which the run ended that it is about: metrics take minutes to be counted.
_RECENT: Final = 900.0


@dataclass(kw_only=True)
class _Told:
    """
    One thing that is wrong.

    Attributes:
        subject: It in a few words.
        what: It in a sentence or two.
        about: Further lines.
        advice: What to look at before anything is typed.
        commands: What may be typed, each with what it does.
    """

    subject: str
    what: str
    about: list[str] = field(default_factory=list)
    advice: str = ""
    commands: list[tuple[str, Command]] = field(default_factory=list)


class Messages:
    """
    Says what alarms are about.

    Args:
        history: As metrics call it.
        place: Where it is operated.
    """

    def __init__(self, *, history: str, place: Place) -> None:
        self._history = history
        self._place = place

    def over(self, change: AlarmChange) -> Message:
        """That an alarm is OK again, in one line."""
        what = "it is OK again" if change.metric is None else _OVER.get(change.metric, "it is OK again")
        return Message(
            subject_of(f"over: {what}", self._history), f"Over: {what}, in {self._history} ({change.alarm}).\n"
        )

    def of(self, change: AlarmChange, look: Look, runs: Sequence[RunRecord]) -> Message:
        """
        What the alarm is about that has gone off.

        Args:
            look: What is found now.
            runs: The newest of the history, the newest first.
        """
        told = self._told(change, look, runs)
        if not told:
            told = [
                _Told(
                    subject="an alarm",
                    what=f"The alarm {change.alarm} went off, and nothing of that is found any more.",
                    about=[f"Why it did: {printable(change.reason, LONGEST_REASON)}"],
                    commands=[_STATUS],
                )
            ]
        lines: list[str] = []
        for one in told:
            lines += [one.what, *one.about, ""]
            lines += [one.advice, ""] if one.advice else []
            for does, command in one.commands:
                lines += typed(self._place, does, command)
        lines += where(self._place, self._history)
        return Message(subject_of(told[0].subject, self._history), "\n".join(lines) + "\n")

    def _told(self, change: AlarmChange, look: Look, runs: Sequence[RunRecord]) -> list[_Told]:
        match change.metric:
            case RunMetric.FAILED_RUNS:
                return self._failed(change, look, runs)
            case WatchMetric.DIRTY_SECONDS:
                return [_dirty(one, look.now) for one in look.dirty]
            case WatchMetric.LOCK_OVERDUE_SECONDS:
                return [_overdue(one, look.now) for one in look.overdue]
            case WatchMetric.STALLED_SECONDS:
                return [_stalled(one, look.now) for one in look.stalled]
        return []

    def _failed(self, change: AlarmChange, look: Look, runs: Sequence[RunRecord]) -> list[_Told]:
        since = (change.at or look.now) - _RECENT
        failed = [one for one in runs if one.result != RunResult.SUCCEEDED and _ended(one) >= since]
        if failed:
            # A rollback that could not undo all of a deploy's has a run of its own, after the one that it is about.
            deploy = failed[0].run.deploy_id
            of_it = [one for one in failed[1:_MOST_RUNS] if deploy and one.run.deploy_id == deploy]
            return [self._failed_run(one, look) for one in (failed[0], *of_it)]
        unknown = _Told(
            subject="a run failed before it began",
            what="A run failed that the history does not have: it came to nothing that could be recorded, or its "
            "function died.",
            advice="Why is in CloudFormation's events of the deploy, and in the function's log.",
            commands=[_STATUS],
        )
        crashed = [one for one in look.dirty if one.status.finding is Finding.CRASHED]
        return [unknown, *(_dirty(one, look.now) for one in crashed)]

    def _failed_run(self, run: RunRecord, look: Look) -> _Told:
        about = [
            f"Run: {run.run.id}, {run.run.command} by {printable(run.run.actor, 200)}, {run.result} at {moment(_ended(run))}",
            f"Why: {printable(run.note, LONGEST_REASON)}",
        ]
        if applied := [one for one in run.applied if one not in run.undone]:
            about.append(f"Applied by it, and still so: {listed(applied)}")
        if (stack := _stack_of(run)) and stack != self._place.stack:
            about.append(f"Its log is that of the function in the stack {stack}.")
        dirty = next((one for one in look.dirty if one.status.record.id == run.failed), None)
        settle = [] if dirty is None else _settling(dirty.status)
        return _Told(
            subject=f"run failed{f' at {run.failed}' if run.failed else ''}",
            what=f"A run of migrations failed{f' at {run.failed}' if run.failed else ''}.",
            about=about,
            advice="Correct the cause, and deploy again." if dirty is None else _advice(dirty.status),
            commands=[*settle, _STATUS],
        )


def _dirty(one: Dirty, now: float) -> _Told:
    record = one.status.record
    why = "it left no reason; its process may have died" if record.failure is None else str(record.failure)
    return _Told(
        subject=f"{record.id} dirty for {_lasting(now - one.since)}",
        what=f"{record.name()} has been dirty since {moment(one.since)}, for {_lasting(now - one.since)}: its "
        f"{record.action.value} began and did not finish ({one.status.finding.value}).",
        about=[f"Why: {printable(why, LONGEST_REASON)}", f"Run: {record.details.run_id or 'not known'}"],
        advice=_advice(one.status),
        commands=_settling(one.status),
    )


def _advice(status: DirtyStatus) -> str:
    step = status.next_step
    if step.command is None:
        return str(step)
    if step.command.action == "repair":
        return (
            "Nothing more is applied until it is settled. Correct the cause, look at what it left behind, and then have it "
            'run again ("as": "pending"), or count it as done ("as": "applied").'
        )
    if _is_elsewhere(status):
        return "It goes on from where it was with the next deploy of the stack that has the AfterMigrations."
    return "It goes on from where it was with the next deploy; or now."


def _settling(status: DirtyStatus) -> list[tuple[str, Command]]:
    command = status.next_step.command
    if command is None or _is_elsewhere(status):
        return [_STATUS]
    return [("This settles it" if command.action == "repair" else "This goes on with it", command)]


def _is_elsewhere(status: DirtyStatus) -> bool:
    """Whether it is for the other function to go on with it, which is not the one that these commands are sent to."""
    command = status.next_step.command
    return status.record.phase == "after" and command is not None and command.action == "migrate"


def _overdue(one: Overdue, now: float) -> _Told:
    lock = one.lock
    whose = {"migration": one.migration} if one.migration else {}
    return _Told(
        subject=f"lock {lock.lock_id} overdue for {_lasting(now - one.since)}",
        what=f"The lock '{lock.lock_id}' is held by {lock.holder} since {lock.acquired_at}, and its time was up at "
        f"{moment(one.since)}, {_lasting(now - one.since)} ago: "
        f"{'nobody has gone on with its run' if lock.waiting else 'its holder has died'}.",
        about=[f"Run: {lock.run_id or 'not known'}"],
        advice="The next deploy takes it over by itself. What its holder was at is dirty, or goes on from its checkpoint.",
        commands=[
            ("This frees it now", Command("unlock", {**whose, "confirm": True})),
            ("It shows what was left", Command("status")),
        ],
    )


def _stalled(one: Stalled, now: float) -> _Told:
    record, lock = one.status.record, one.status.lock
    about = []
    if record.progress is not None:
        done, total = record.progress
        about.append(f"Progress: {done:,} of {total:,}")
    whose = {"migration": record.id}
    commands = [("It shows how far it is", Command("status"))]
    paused = lock is not None and lock.paused
    if paused:
        about.append("Why: somebody asked it to pause")
        commands.insert(0, ("This has it go on", Command("resume", whose)))
    elif record.waits_for:
        about.append(f"Why: it waits for {printable(record.waits_for, 300)}")
    ends = ("This ends it at its next checkpoint, and it stays there", Command("cancel", {**whose, "confirm": True}))
    return _Told(
        subject=f"{record.id} at a standstill for {_lasting(now - one.since)}",
        what=f"{record.name()}, detached, has not moved since {moment(one.since)}, for {_lasting(now - one.since)}.",
        about=[*about, f"Run: {record.detached or 'not known'}, {'no lock' if lock is None else lock.holder}"],
        advice="" if paused else "Its log says what it is at.",
        commands=[*commands, ends],
    )


def _stack_of(run: RunRecord) -> str:
    """The stack whose deploy it was; empty: it was none's."""
    whose, _, stack = run.run.actor.partition(" ")
    return stack if whose == "cloudformation" else ""


def _ended(run: RunRecord) -> float:
    return seconds_of(run.started_at) + run.seconds


def _lasting(seconds: float) -> str:
    """``3 min``, ``1 h 2 min``, ``2 d 3 h``."""
    minutes = int(max(0.0, seconds) // 60)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
