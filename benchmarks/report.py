"""The report: tables and chart from what a run found, in the text around them."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from . import order
from .chart import Bar, Panel, chart
from .contenders import named
from .cores import can_pin
from .goals import GOALS
from .grid import grid, times
from .results import Comparison, Pair, Results
from .scale import Scale
from .suite import LATENCY

_TEMPLATE: Final = Path(__file__).with_name("performance.md.template")
_BASE: Final = "batch-writer"
_BASE_NAME: Final = "batch_writer"
_NAIVE: Final = "put-item"
_TOLD: Final = ("Scan", "BatchWriteItem", "BatchExecuteStatement")
_CHART_DESCRIPTION: Final = (
    "Items a second on one core, for each way to rewrite a table: dynamigrate's are the longest bars"
)


def markdown(results: Results, scale: Scale) -> str:
    """The whole page."""
    machine, asset = results.machine, results.asset
    measured = [*results.at_once.measured.values(), *results.delayed.measured.values()]
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        sections(results),
        chart_description=_CHART_DESCRIPTION,
        item_size=order.SIZE,
        misses=_misses(results),
        latency=_latency(),
        asset_migrations=asset.migrations,
        asset_zipped=_megabytes(asset.zipped),
        asset_size=_megabytes(asset.size),
        day=machine.day,
        machine=machine,
        packages=", ".join(f"{name} {number}" for name, number in machine.packages.items()),
        pinned=" on a core of its own, the server on another" if can_pin() else "; cores are not assigned here",
        rounds=scale.rounds,
        load=machine.load,
        stub=f"{max(one.stub for one in measured):.0%}",
    )
    return text.replace("\n\n\n\n", "\n\n")


def sections(results: Results) -> dict[str, str]:
    """The tables, by their names in the template."""
    return {
        "goals": _goals(results),
        "at_once": _at_once(results.at_once),
        "delayed": _delayed(results.delayed),
        "refused": _refused(results.refused),
        "memory": _memory(results.grown),
        "deploy": _deploy(results),
        "cold_start": _cold_start(results),
    }


def svg(results: Results) -> str:
    """The chart."""
    panels = [
        _panel("Items a second of one core, server answering at once", results.at_once),
        _panel("Items a second on one core, with the service's latency", results.delayed),
    ]
    return chart(panels, description=_CHART_DESCRIPTION)


def _panel(title: str, comparison: Comparison) -> Panel:
    return Panel(
        title=title,
        note=f"(in grey: against {_BASE_NAME})",
        bars=[
            Bar(
                label=named(name).title,
                value=comparison.rate(name),
                text=f"{comparison.rate(name):,.0f}",
                note=times(comparison.ratio(name, _BASE)),
                ours=named(name).is_ours,
            )
            for name in comparison.measured
        ],
    )


def _goals(results: Results) -> str:
    rows = [
        (goal.text, goal.wanted(), goal.measured(results), "met" if goal.is_met(results) else "**missed**")
        for goal in GOALS
    ]
    return grid(("goal", "wanted", "measured", ""), rows)


def _misses(results: Results) -> str:
    missed = [goal for goal in GOALS if not goal.is_met(results) and goal.why]
    return "\n".join(["Missed, and why:", "", *(f"- *{goal.text}*: {goal.why}" for goal in missed)]) if missed else ""


def _latency() -> str:
    """The few that matter, and the rest."""
    named_ = ", ".join(f"{LATENCY[name] * 1000:.0f} ms for {name}" for name in _TOLD)
    rest = {seconds for name, seconds in LATENCY.items() if name not in _TOLD}
    return f"{named_} and {max(rest) * 1000:.0f} ms for the rest"


def _at_once(comparison: Comparison) -> str:
    rows = [
        (
            named(name).title,
            "yes" if named(name).guarded else "no",
            f"{one.cpu:,.1f}",
            f"{comparison.rate(name):,.0f}",
            times(comparison.ratio(name, _BASE)),
        )
        for name, one in comparison.measured.items()
    ]
    return grid(("contender", "guarded", "µs an item", "items/s a core", "against batch_writer"), rows, left=2)


def _delayed(comparison: Comparison) -> str:
    rows = [
        (
            named(name).title,
            "yes" if named(name).guarded else "no",
            f"{comparison.rate(name):,.0f}",
            times(comparison.ratio(name, _BASE)),
            times(comparison.ratio(name, _NAIVE)),
            f"{one.cpu * comparison.rate(name) / 1e6:.0%}",
        )
        for name, one in comparison.measured.items()
    ]
    headers = ("contender", "guarded", "items/s", "against batch_writer", "against put_item", "of the core")
    return grid(headers, rows, left=2)


def _refused(pairs: dict[str, Pair]) -> str:
    rows = [
        (
            named(name).title,
            f"{pair.after.items:,}",
            f"{pair.before.requests:,}",
            f"{pair.after.requests:,}",
            times(pair.requests),
        )
        for name, pair in pairs.items()
    ]
    return grid(("30 % of the writes unprocessed", "items", "requests without", "with", "ratio"), rows)


def _memory(pair: Pair) -> str:
    rows = [(f"{one.items:,}", _megabytes(one.peak)) for one in (pair.before, pair.after)]
    return grid(("items in the table", "largest resident set"), rows, left=0)


def _deploy(results: Results) -> str:
    found = results.deploy
    rows = [
        (f"no-op, {found.applied:,} migrations applied", f"{found.noop_requests:.0f}", f"{found.noop_cpu:.1f}"),
        (f"no-op, {found.long:,} applied", f"{found.long_noop_requests:.0f}", f"{found.long_noop_cpu:.1f}"),
        (f"planning alone, {found.long:,} applied", "", f"{found.long_plan_cpu:.1f}"),
    ]
    return grid(("deploy", "requests", "CPU, ms"), rows)


def _cold_start(results: Results) -> str:
    found = results.cold_start
    rows = [
        ("boto3, a client, Powertools' Tracer", f"{found.tracer:.0f}"),
        ("the handler and its client", f"{found.handler:.0f}"),
        ("the same, and boto3's client for a migration", f"{found.migration:.0f}"),
        *(
            (f"the handler and its client, {count:,} migrations loaded", f"{ms:.0f}")
            for count, ms in found.source.items()
        ),
        *(
            (f"the same, planned with {count:,} applied in the history", f"{ms:.0f}")
            for count, ms in found.plan.items()
        ),
    ]
    return grid(("a fresh process", "CPU, ms"), rows)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"
