"""The whole of what the widget shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .head import head, sums
from .lock import lock_line
from .markup import NOTHING, Content, Html, element, joined, text
from .matters import Matter, matters
from .parameters import Parameters
from .rows import migration_rows
from .runs import last_runs
from .stages import Stage, stages
from .state import History
from .style import classes, style_sheet
from .times import Times
from .verdict import verdict
from .viewer import Viewer
from .work import under_way


def page(
    answers: object,
    viewer: Viewer,
    *,
    now: float,
    endpoint: str = "",
    parameters: Parameters | None = None,
    beside: Mapping[str, object] | None = None,
) -> str:
    """
    The HTML of a history, and a row for each that stands beside it.

    Args:
        answers: What a widget's function answers to ``{"answers": true}``; whatever else it is, it is shown as not known.
        now: Seconds since the epoch.
        endpoint: The ARN of the function that migrates; empty: there are no buttons.
        beside: The same of others, by name; a text says why there is no answer.
    """
    given = parameters or Parameters()
    times = Times(now=now, viewer=viewer)
    history = History.read(answers)
    found = [*(_fault_of_parameters(one) for one in given.faults), *matters(history, times)]
    others = NOTHING
    if beside:
        own = Stage(given.name or history.name or "this one", history)
        others = stages([own, *(Stage.read(name, one) for name, one in beside.items())], times)
    return _within(
        viewer,
        others,
        head(history, verdict(history, found), times),
        sums(history),
        *(one.shown(history.name) for one in found),
        _columns(
            joined(under_way(history, times, endpoint), migration_rows(history, times, unfolded=given.rows)),
            joined(
                lock_line(history.status.part("lock"), times) if history.is_known else NOTHING,
                last_runs(history, times, most=given.runs),
                _foot(history, times),
            ),
        ),
    )


def fault(what: str, next_step: str, viewer: Viewer) -> str:
    """The HTML where there is nothing else to show."""
    return _within(viewer, Matter(state="dirty", title=what, said=(next_step,)).shown(""))


def _within(viewer: Viewer, *content: Content) -> str:
    return element("div", style_sheet(dark=viewer.dark), *content, css=classes(viewer))


def _columns(main: Html, side: Html) -> Html:
    """Beside each other where there is room; what is empty takes none."""
    columns = [element("div", one, css=css) for one, css in ((main, "main"), (side, "side")) if one]
    return element("div", *columns, css="columns") if columns else NOTHING


def _fault_of_parameters(what: str) -> Matter:
    return Matter(state="pending", title="A parameter of this widget is wrong", said=(what,))


def _foot(history: History, times: Times) -> Html:
    """What there is to know beside that."""
    told: list[Content] = []
    if note := history.status.text("note"):
        told.append(note)
    application = history.status.part("application")
    if at := application.text("deployed_at"):
        version = application.text("app_version")
        told.append(
            joined("The application", text(f" {version}" if version else "", 100), " was deployed ", times.at(at), ".")
        )
    return _lines(told)


def _lines(told: Sequence[Content]) -> Html:
    return element("div", *(element("p", one, css="quiet said") for one in told), css="section") if told else NOTHING
