"""Several histories side by side: a row each, and below it what is not applied in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from ..commands.command_line import command_line, options_of
from .commands import code
from .markup import NOTHING, Html, element, joined, text
from .matters import Matter, matters
from .runs import done_in_words, result_pill
from .state import History, dot, pill
from .times import Times
from .verdict import verdict
from .work import bar, how_far

# Migrations that are not applied everywhere; of more, the newest are shown.
_ROWS: Final = 10
_NAMED_STATES: Final = ("applied", "running", "dirty", "pending", "held", "missing")


@dataclass(frozen=True)
class Stage:
    """
    Attributes:
        name: What it is called.
        history: None: it could not be asked.
        why: Why not.
    """

    name: str
    history: History | None
    why: str = ""

    @classmethod
    def read(cls, name: str, answers: object) -> Self:
        """From another function's answers; a text says why there are none."""
        if isinstance(answers, str):
            return cls(name, None, answers)
        if not isinstance(answers, Mapping) or not isinstance(answers.get("status"), Mapping):
            return cls(name, None, "What it answered is not what a widget's function answers: is the ARN that of one?")
        return cls(name, History.read(answers))

    @cached_property
    def states(self) -> Mapping[str, str]:
        """The state of each of its migrations, by id; empty where they are not known."""
        if self.history is None:
            return {}
        return {row.text("id"): self.history.state(row) for row in self.history.migrations}


def stages(found: Sequence[Stage], times: Times) -> Html:
    """All of them."""
    return element(
        "div",
        element(
            "div",
            element("h3", "Stages"),
            element("div", *(_row(one, times) for one in found), css="rows"),
            css="section first",
        ),
        _differences(found),
        css="stages",
    )


def _row(stage: Stage, times: Times) -> Html:
    if stage.history is None:
        return element(
            "div",
            pill("dirty", "no answer"),
            element(
                "div",
                element("b", text(stage.name, 100)),
                element("span", text(stage.why, 400), css="note"),
                css="name said",
            ),
            css="row",
        )
    history = stage.history
    urgent = matters(history, times)
    stands = verdict(history, urgent)
    return element(
        "div",
        pill(stands.state, stands.word),
        element(
            "div",
            element("b", text(stage.name, 100)),
            " ",
            element("span", text(_counted(history), 200), css="quiet"),
            *(_under_way(history, migration) for migration in history.under_way),
            *(_to_do(one, history) for one in urgent if one.state in ("dirty", "pending")),
            css="name said",
        ),
        _last_run(history, times),
        css="row",
    )


def _counted(history: History) -> str:
    told = [f"{history.counts[state]:,} {state}" for state in _NAMED_STATES if state in history.counts]
    current = history.status.text("current")
    return ", ".join([*told, *([f"current {current[:40]}"] if current else [])])


def _under_way(history: History, migration: str) -> Html:
    progress = history.under_way[migration].part("progress")
    share = how_far(progress)
    told = f"{migration[:40]} {history.described(migration)[:100]}"
    return joined(
        element("span", text(f"{told}, {share:.0%}".replace("%", " %") if share is not None else told), css="note"),
        bar(progress),
    )


def _to_do(one: Matter, history: History) -> Html:
    """What it is, and the command for it."""
    told = one.title
    command = ""
    if isinstance(one.step, Mapping) and isinstance(one.step.get("action"), str):
        command = command_line(one.step, options_of(history.name))
    return joined(
        element("span", text(told, 300), css=f"note ink {one.state}"),
        element("div", code(command), css="command") if command else NOTHING,
    )


def _last_run(history: History, times: Times) -> Html:
    if not history.runs:
        return element("div", "no run yet", css="when quiet")
    run = history.runs[0]
    return element(
        "div",
        result_pill(run),
        element("span", times.at(run.text("started_at")), css="note"),
        css="when",
        title=done_in_words(run)[:300],
    )


def _differences(found: Sequence[Stage]) -> Html:
    known = [one for one in found if one.states]
    ids = sorted(
        {migration for one in known for migration in one.states}, key=lambda one: (len(one), one), reverse=True
    )
    apart = [one for one in ids if any(stage.states.get(one) != "applied" for stage in known)]
    if len(known) < 2 or not apart:
        return NOTHING
    shown = apart[:_ROWS]
    rows = [
        element(
            "tr",
            element(
                "td",
                element("span", text(migration, 40), css="id"),
                " ",
                text(_described(known, migration), 100),
                css="said",
            ),
            *(element("td", _cell(stage.states.get(migration))) for stage in known),
        )
        for migration in shown
    ]
    more = len(apart) - len(shown)
    return element(
        "div",
        element("h3", "Not applied everywhere"),
        element(
            "div",
            element(
                "table",
                element("tr", element("th", "Migration"), *(element("th", text(stage.name, 40)) for stage in known)),
                *rows,
            ),
            css="scroll",
        ),
        element("p", f"{more:,} older ones are not shown.", css="quiet") if more else NOTHING,
        css="section",
    )


def _cell(state: str | None) -> Html:
    if state is None:
        return element("span", "not deployed", css="quiet cell")
    return element("span", dot(state, 8), element("span", state, css=f"ink {state}"), css="cell")


def _described(known: Sequence[Stage], migration: str) -> str:
    return next((told for one in known if one.history and (told := one.history.described(migration))), "")
