"""The table: each migration with its state, when it ran, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .amounts import count, dollars, duration, number, percent
from .markup import NOTHING, Html, element, joined, text
from .part import Part
from .state import History, pill
from .times import Times
from .work import how_far

# An answer of Lambda's has 6 MB, and a page a reader.
_MOST: Final = 1_000
_FLAGS: Final = {"changed": "its code was changed since", "another": "the file says something else now"}


def migration_rows(history: History, times: Times, *, unfolded: int) -> Html:
    """
    All of them: first those that are not simply applied, then the others, of both the newest first.

    Args:
        unfolded: How many are seen at once; the rest has to be opened.
    """
    rows = list(history.in_order())
    if not rows:
        return NOTHING
    shown, folded, left = rows[:unfolded], rows[unfolded:_MOST], len(rows[_MOST:])
    return element(
        "div",
        element("h3", "Migrations"),
        element(
            "div",
            *(_row(state, row, history, times) for state, row in shown),
            _folded(folded, left, history, times),
            css="rows",
        ),
        css="section",
    )


def _folded(rows: Sequence[tuple[str, Part]], left: int, history: History, times: Times) -> Html:
    if not rows:
        return NOTHING
    return element(
        "details",
        element("summary", f"{count(len(rows) + left, 'more migration')}"),
        *(_row(state, row, history, times) for state, row in rows),
        element("p", f"{number(left)} older ones are not shown.", css="quiet") if left else NOTHING,
    )


def _row(state: str, row: Part, history: History, times: Times) -> Html:
    when, took = _when(state, row, history, times)
    return element(
        "div",
        pill(state),
        element(
            "div",
            element("span", text(row.text("id"), 40), css="id"),
            " ",
            text(row.text("description"), 200),
            *(element("span", one, css="note") for one in _notes(row, times)),
            css="name said",
        ),
        element("div", when, css="when quiet"),
        element("div", took, css="took quiet"),
        css="row",
    )


def _when(state: str, row: Part, history: History, times: Times) -> tuple[Html, str]:
    """When it was applied, or began, and how long it took, or how far it is."""
    migration = row.text("id")
    if state == "running":
        one = history.under_way.get(migration, row)
        share = how_far(one.part("progress"))
        return times.at(one.text("began")), "" if share is None else percent(share)
    if state == "dirty":
        began = next((one.text("began") for one in history.dirty if one.text("migration") == migration), "")
        return times.at(began), ""
    return times.at(row.text("applied_at")), duration(row.number("seconds"))


def _notes(row: Part, times: Times) -> list[Html]:
    """What is out of the ordinary about it, a line each."""
    told: list[Html | str] = []
    told += [joined("waits: ", text(one, 300)) for one in row.texts("waits_for")]
    if ready := row.text("ready_at"):
        told.append(joined("ready ", times.at(ready), f", {times.ago(ready)}"))
    if row.text("phase") == "after":
        told.append("runs after the application's deploy")
    if by := row.texts("by"):
        told.append(joined("counts as applied, as ", text(", ".join(by), 300), " are"))
    if replaced := row.text("replaced_by"):
        told.append(joined("replaced by ", text(replaced, 80)))
    told += [meaning for flag, meaning in _FLAGS.items() if row.flag(flag)]
    told += _verified(row.part("verified"))
    if (spent := row.part("cost").number("dollars")) is not None and spent > 0:
        told.append(f"cost {dollars(spent)}")
    return [joined(one) for one in told]


def _verified(found: Part) -> list[str]:
    """What the last look over its work found; nothing of one that found nothing to be done."""
    if not found or found.flag("clean"):
        return []
    would, checked = found.number("would_change"), found.number("checked")
    if would is None or checked is None:
        return ["not clean"]
    return [f"not clean: {number(would)} of {number(checked)} items would change"]
