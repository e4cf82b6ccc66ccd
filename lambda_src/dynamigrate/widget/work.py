"""What is under way: how far it is, how fast, and buttons to hold it up."""

from __future__ import annotations

from typing import Final

from .amounts import dollars, duration, number, percent
from .buttons import pause_or_resume
from .markup import NOTHING, Html, each, element, joined, text
from .part import Part
from .state import History, pill
from .times import Times

# How those stand that go on.
_MOVING: Final = frozenset({"running", "stopping"})


def under_way(history: History, times: Times, endpoint: str) -> Html:
    """
    Each migration that is at work; nothing where none is.

    Args:
        endpoint: The ARN of the function that migrates; empty: there are no buttons.
    """
    if not history.under_way:
        return NOTHING
    detached = {one.text("migration") for one in history.status.parts("running")}
    shown = [
        _one(one, history, times, endpoint, detached=migration in detached)
        for migration, one in history.under_way.items()
    ]
    return element("div", element("h3", "Under way"), *shown, css="section")


def _one(one: Part, history: History, times: Times, endpoint: str, *, detached: bool) -> Html:
    migration = one.text("migration")
    lock = one.part("lock") if detached else history.status.part("lock")
    described = history.described(migration)
    goes_on = lock.flag("held") and lock.has("run_id") and not times.is_past(lock.text("until"))
    state, word = _standing(lock, goes_on=goes_on)
    # Of one that waits nobody knows when it is done: what it last told of its pace holds no more.
    moves = word in _MOVING
    buttons = NOTHING
    if goes_on and endpoint and not lock.has("asked_to_stop"):
        buttons = pause_or_resume(
            endpoint, migration if detached else "", f"{migration} {described}".strip(), paused=lock.flag("paused")
        )
    return element(
        "div",
        element(
            "div",
            pill(state, word),
            element("div", element("span", text(migration, 40), css="id"), " ", text(described, 200), css="name said"),
            buttons,
            css="top",
        ),
        bar(one.part("progress"), state),
        element("div", each("span", _figures(one.part("progress"), moves=moves)), css="figures"),
        element("p", _since(one, lock, times, detached=detached, moves=moves), css="quiet said"),
        css="work",
    )


def bar(progress: Part, state: str = "running") -> Html:
    """How far it is, drawn; nothing where that is not told."""
    share = how_far(progress)
    if share is None:
        return NOTHING
    fill = element("div", css=f"fill {state}", style=f"width: {100 * share:.1f}%")
    return element("div", fill, css="track", role="img", aria_label=percent(share))


def how_far(progress: Part) -> float | None:
    """The share that is done, 0 to 1; None: it is not told."""
    done, total, told = progress.number("done"), progress.number("total"), progress.number("percent")
    share = told / 100 if told is not None else done / total if done is not None and total else None
    return None if share is None else min(max(share, 0.0), 1.0)


def _standing(lock: Part, *, goes_on: bool) -> tuple[str, str]:
    if lock.has("asked_to_stop"):
        return "pending", "stopping"
    if lock.flag("paused"):
        return "held", "paused"
    return ("running", "running") if goes_on else ("missing", "no process")


def _figures(progress: Part, *, moves: bool) -> list[Html | str]:
    """How far, how fast, how long, for how much; what is not told is left out."""
    if not progress:
        return ["It begins."]
    share = how_far(progress)
    done, total = progress.number("done"), progress.number("total")
    told: list[Html | str] = [] if share is None else [element("b", percent(share))]
    if done is not None and total is not None:
        told.append(f"{number(done)} of about {number(total)}")
    if moves and (speed := progress.number("per_second")):
        told.append(f"{number(speed)} a second")
    if moves and (left := progress.number("seconds_left")):
        told.append(f"{duration(left)} left")
    spent, estimated = progress.number("dollars"), progress.number("estimated_dollars")
    if spent is not None and (spent or estimated):
        told.append(f"{dollars(spent)}{f' of about {dollars(estimated)}' if estimated else ''}")
    told += _rates(progress)
    if waits_for := progress.text("waits_for"):
        told.append(joined("waits for ", text(waits_for, 200)))
    return told


def _rates(progress: Part) -> list[str]:
    """Its pace against its ceiling, and what disturbs it."""
    told = []
    for kind in ("write", "read"):
        rate, ceiling = progress.number(f"{kind}_rate"), progress.number(f"{kind}_ceiling")
        if rate is not None and ceiling:
            told.append(f"{number(rate)} of {number(ceiling)} {kind} units a second")
    if throttles := progress.number("throttles"):
        told.append(f"throttled {number(throttles)} times")
    if failed := progress.number("failed"):
        told.append(f"{number(failed)} items failed")
    if (number_of_pass := progress.number("pass")) is not None:
        told.append(f"pass {number(number_of_pass)}")
    return told


def _since(one: Part, lock: Part, times: Times, *, detached: bool, moves: bool) -> Html:
    began, ends = one.text("began"), one.text("done_about")
    parts: list[Html | str] = [
        joined("since ", times.at(began), f", {times.ago(began)}") if times.at(began) else NOTHING
    ]
    if ends and moves:
        parts.append(joined("done about ", times.at(ends)))
    if detached:
        parts.append("detached: no deploy waits for it")
    goes_on = lock.part("goes_on")
    if number_of_slice := goes_on.number("slice"):
        parts.append(f"slice {number(number_of_slice)} in the state machine")
    fleet = goes_on.part("fleet")
    if (at_work := fleet.number("at_work")) is not None and (workers := fleet.number("workers")) is not None:
        parts.append(f"{number(at_work)} of {number(workers)} workers at work")
    if (rate := lock.part("rate")).has("until"):
        units = [
            f"{number(amount)} {kind} units" for kind in ("write", "read") if (amount := rate.number(f"{kind}_units"))
        ]
        parts.append(joined(f"asked to go at {' and '.join(units)} a second until ", times.at(rate.text("until"))))
    if stop := lock.text("asked_to_stop"):
        parts.append(joined("asked to stop: ", text(stop, 200)))
    return joined(*parts, by="; ")
