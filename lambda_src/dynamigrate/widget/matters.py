"""What somebody has to do something about, or should know: the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .amounts import count
from .commands import code, command
from .markup import NOTHING, Content, Html, each, element, joined, text
from .part import Part
from .state import GOES_ON, History
from .times import Times

# What became of a dirty migration: how its title goes on, and what that means.
_FINDINGS: Final = {
    "failed": ("failed", ""),
    "crashed": (
        "crashed",
        "Its process died and left no error, so part of its work may be there. Check the table first.",
    ),
    "unknown": ("is dirty", "Its run could not record what became of it. Check the table first."),
    "stopped at its checkpoint": ("stopped at its checkpoint", "The next run goes on from there."),
    "not begun": (
        "has not begun",
        "It was started in a run of its own, and no process came. The next run starts it again.",
    ),
    "runs again": ("did not finish", "The next run runs it again by itself."),
}
# Seconds in which the state machine calls the next process of a run after one that died, as `LockStatus.is_abandoned` has it.
_CALLED_AGAIN: Final = 600.0
_ERROR_LIMIT: Final = 1_200
_MOST_WARNINGS: Final = 8
_SOON: Final = "The state machine calls the next one within minutes."


@dataclass(frozen=True, kw_only=True)
class Matter:
    """
    Attributes:
        state: In whose colour it stands: ``dirty`` is for what needs a person now.
        title: A sentence without its stop.
        said: What is to be known about it, a paragraph each.
        error: What went wrong, as it was raised.
        advice: What to do about it, as whoever raised it has it.
        purpose: What *step* is there for, in the imperative.
        step: What to do next, as an answer has it.
        more: What stands at the end, folded.
    """

    state: str
    title: str
    said: tuple[Content, ...] = ()
    error: str = ""
    advice: str = ""
    purpose: str = ""
    step: object = None
    more: Html = NOTHING

    def shown(self, history: str) -> Html:
        """It, as a block."""
        next_step = command(self.step, history)
        return element(
            "div",
            element("h3", text(self.title, 400), css="said"),
            each("p", self.said, css="said"),
            element("div", text(self.error, _ERROR_LIMIT), css=f"error said {self.state}") if self.error else NOTHING,
            element("p", text(self.advice, 1_000), css="said") if self.advice else NOTHING,
            element("p", self.purpose, css="do") if self.purpose and next_step else NOTHING,
            next_step,
            self.more,
            css=f"matter {self.state}",
        )


def matters(history: History, times: Times) -> list[Matter]:
    """Those of *history*."""
    if not history.is_known:
        return [_not_known(history.status)]
    found = [_dirty(one, history, times) for one in history.dirty]
    found += _overdue(history.status.part("lock"), times)
    found += [one for part in history.status.parts("running") for one in _standing_still(part, history, times)]
    found.sort(key=lambda one: one.state != "dirty")
    return [*found, *_pending(history), *_missing(history), *_changed(history)]


def _not_known(status: Part) -> Matter:
    error = status.part("error")
    if not error:
        return Matter(state="dirty", title="The state of the migrations is not known", said=("There is no answer.",))
    said = ": ".join(one for one in (error.text("type"), error.text("message")) if one)
    return Matter(
        state="dirty",
        title="The state of the migrations can't be told",
        error=said,
        advice=error.text("next"),
        purpose="The command:",
        step=error.value("command"),
    )


def _dirty(one: Part, history: History, times: Times) -> Matter:
    found = one.text("found")
    goes_on, meaning = _FINDINGS.get(found, (f"is dirty: {found}" if found else "is dirty", ""))
    undoing = " while it was being undone" if one.text("in") == "undo" else ""
    began = joined("It began ", times.at(one.text("began")), f", {times.ago(one.text('began'))}.")
    error = one.part("error")
    raised = ": ".join(part for part in (error.text("type"), error.text("message")) if part)
    place = f"\n{error.text('where')}" if error.text("where") else ""
    by_itself, step = found in GOES_ON, one.value("next")
    purpose = "Have it go on now:" if by_itself else "When the cause is mended, settle it:"
    return Matter(
        state="pending" if by_itself else "dirty",
        title=f"{name(history, one.text('migration'))} {goes_on}{undoing}",
        said=(began if one.has("began") else None, meaning),
        error=f"{raised}{place}",
        purpose="" if isinstance(step, str) else purpose,
        step=step,
        more=_way_back(one.part("restore_point"), times),
    )


def _way_back(point: Part, times: Times) -> Html:
    commands = point.texts("commands")
    if not commands:
        return NOTHING
    return element(
        "details",
        element("summary", "Restore its tables to the moment before its first write"),
        element("p", "They can be restored to ", times.at(point.text("at")), ", as new tables:", css="said"),
        joined(*(element("div", code(one), css="command") for one in commands)),
    )


def _overdue(lock: Part, times: Times) -> Iterator[Matter]:
    if not lock.flag("held"):
        return
    holder = lock.text("holder") or "Somebody"
    if not lock.has("until"):
        if not lock.has("run_id"):
            yield Matter(
                state="pending",
                title="Another driver holds the lock",
                said=("Its entry has no lease, so nothing tells whether its holder lives.",),
                purpose="If nobody migrates these tables with it:",
                step={"action": "unlock", "force": True, "confirm": True},
            )
        return
    until = lock.text("until")
    if not times.is_past(until):
        return
    was_to_be = joined(text(holder), " was to be done by ", times.at(until), f", {times.ago(until)}.")
    if not lock.part("goes_on"):
        purpose = (
            "The next run takes the lock over by itself. If you are certain that it is dead, this frees it sooner:"
        )
    elif (times.since(until) or 0) < _CALLED_AGAIN:
        yield Matter(state="pending", title="A run waits for its next process", said=(was_to_be, _SOON))
        return
    else:
        purpose = "The next process of this run should have taken it up. If its execution has ended:"
    yield Matter(
        state="dirty",
        title="The lock is past its deadline",
        said=(was_to_be,),
        purpose=purpose,
        step={"action": "unlock", "confirm": True},
    )


def _standing_still(one: Part, history: History, times: Times) -> Iterator[Matter]:
    lock = one.part("lock")
    until = lock.text("until")
    if not lock.flag("held") or not times.is_past(until):
        return
    migration = one.text("migration")
    if (times.since(until) or 0) < _CALLED_AGAIN:
        gone = joined("The last one's time was up ", times.at(until), f", {times.ago(until)}.")
        yield Matter(
            state="pending", title=f"{name(history, migration)} waits for its next process", said=(gone, _SOON)
        )
        return
    yield Matter(
        state="dirty",
        title=f"{name(history, migration)} stands still",
        said=(
            joined(
                "No process has gone on with it since ",
                times.at(until),
                f", {times.ago(until)}. Look at its execution in Step Functions.",
            ),
        ),
        purpose="If that has ended, free its lock; the next run goes on from its checkpoint:",
        step={"action": "unlock", "migration": migration, "confirm": True},
    )


def _pending(history: History) -> Iterator[Matter]:
    step, pending = history.status.value("next"), history.counts.get("pending", 0)
    if history.dirty or not step or not pending or history.under_way:
        return
    yield Matter(
        state="pending",
        title=f"{count(pending, 'migration')} {'is' if pending == 1 else 'are'} pending",
        purpose="The next deploy runs what is pending. To run it now:",
        step=step,
    )


def _missing(history: History) -> Iterator[Matter]:
    if missing := history.counts.get("missing", 0):
        one = missing == 1
        yield Matter(
            state="missing",
            title=f"{count(missing, 'applied migration')} {'is' if one else 'are'} not in this code",
            said=("So it is after a rollback, until the newer code is deployed again.",),
        )


def _changed(history: History) -> Iterator[Matter]:
    if warnings := history.status.texts("warnings"):
        shown = warnings[:_MOST_WARNINGS]
        more = len(warnings) - len(shown)
        yield Matter(
            state="missing",
            title="What was applied is not what the files say now",
            said=(*shown, f"{more:,} more." if more else None),
        )


def name(history: History, migration: str) -> str:
    """The id, and what it is called."""
    return " ".join(one for one in (migration, history.described(migration)) if one)
