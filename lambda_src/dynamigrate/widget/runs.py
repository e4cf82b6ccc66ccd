"""The last runs: what each did, for whom, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .amounts import count, duration
from .markup import NOTHING, Html, element, joined, text
from .part import Part
from .state import History, pill
from .times import Times

RESULTS: Final = {"succeeded": "applied", "failed": "dirty", "unfinished": "pending", "refused": "pending"}
_FEW: Final = 3


def last_runs(history: History, times: Times, *, most: int) -> Html:
    """The newest *most* of them, the newest first; nothing where there are none."""
    runs = history.runs[:most]
    if not runs:
        return NOTHING
    return element(
        "div",
        element("h3", "Last runs"),
        element("div", *(_row(one, times) for one in runs), css="rows"),
        css="section",
    )


def result_pill(run: Part) -> Html:
    """How it ended, in its colour and in a word."""
    result = run.text("result") or "unknown"
    return pill(RESULTS.get(result, "missing"), result[:20])


def _row(run: Part, times: Times) -> Html:
    note = run.text("note")
    return element(
        "div",
        result_pill(run),
        element(
            "div",
            text(run.text("command") or "run", 40),
            ": ",
            text(done_in_words(run), 300),
            element("span", text(note, 300), css="note") if note else NOTHING,
            element(
                "span",
                joined(
                    times.at(run.text("started_at")),
                    duration(run.number("seconds")),
                    joined("by ", text(_who(run), 200)),
                    by=" · ",
                ),
                css="note",
            ),
            css="name said",
        ),
        css="row",
    )


def done_in_words(run: Part) -> str:
    """``applied 20261123090000``, ``applied 12 migrations, failed 20261124090000``."""
    told = [f"{name} {_ids(run.texts(name))}" for name in ("undone", "applied") if run.texts(name)]
    if failed := run.text("failed"):
        told.append(f"failed {failed}")
    return ", ".join(told) or "changed nothing"


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(ids) if len(ids) <= _FEW else count(len(ids), "migration")


def _who(run: Part) -> str:
    who = run.text("actor") or "nobody in particular"
    version = run.text("app_version")
    return f"{who}, version {version}" if version else who
