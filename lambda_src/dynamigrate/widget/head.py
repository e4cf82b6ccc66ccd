"""What is seen first: how the history stands, how many are in each state, and all of them in one strip."""

from __future__ import annotations

from typing import Final

from .markup import NOTHING, Html, element, joined, text
from .state import History, dot
from .times import Times
from .verdict import Verdict

# Ticks of the strip: more would be lines too fine to be seen.
_TICKS: Final = 120
_TICK: Final = 10


def head(history: History, stands: Verdict, times: Times) -> Html:
    """How it stands, and whose history it is, as of when."""
    stack, _, construct = history.name.partition("/")
    return element(
        "div",
        element(
            "div",
            dot(stands.state, 14),
            element("span", text(stands.sentence, 200), css=f"ink {stands.state}"),
            css="verdict",
        ),
        element(
            "div",
            joined(
                joined(element("b", text(stack, 200)), " / " if construct else NOTHING, text(construct, 200))
                if stack
                else NOTHING,
                element("span", "as of ", times.as_of(), css="quiet"),
                by=" · ",
            ),
            css="whose said",
        ),
        css="head",
    )


def sums(history: History) -> Html:
    """How many are in each state, and all of them in one strip; nothing where there are none."""
    return element("div", _counts(history), _ribbon(history), css="sums") if history.counts else NOTHING


def _counts(history: History) -> Html:
    return element(
        "ul",
        *(
            element("li", element("b", f"{number:,}", css=f"ink {state}"), element("span", state, css="quiet"))
            for state, number in history.counts.items()
        ),
        css="counts",
    )


def _ribbon(history: History) -> Html:
    """A tick for each migration, oldest first, in the colour of its state; of many, the newest."""
    rows = history.migrations[-_TICKS:]
    ticks = [
        element(
            "rect",
            element("title", text(f"{row.text('id')} {row.text('description')}: {history.state(row)}", 200)),
            css=history.state(row),
            x=str(number * _TICK),
            y="0",
            width=str(_TICK - 2),
            height=str(_TICK),
            rx="1.5",
        )
        for number, row in enumerate(rows)
    ]
    return element(
        "svg",
        *ticks,
        css="ribbon",
        view_box=f"0 0 {len(rows) * _TICK} {_TICK}",
        aspect="none",
        style=f"max-width: {len(rows) * 22}px",
        role="img",
        aria_label="Each migration, oldest first, in the colour of its state",
    )
