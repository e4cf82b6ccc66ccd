"""The report: tables and chart from what a run found, in the text around them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final

from dynamigrate.backfill.learning import ENOUGH_ITEMS

from . import order
from .chart import Bar, Panel, chart
from .contenders import named
from .cores import can_pin
from .goals import GOALS
from .grid import grid, times
from .results import Comparison, Pair, Results
from .scale import Scale
from .spread import Spread
from .suite import LATENCY
from .worker import DISTURBED

_TEMPLATE: Final = Path(__file__).with_name("performance.md.template")
_BASE: Final = "batch-writer"
_BASE_NAME: Final = "batch_writer"
_NAIVE: Final = "put-item"
_TOLD: Final = ("Scan", "BatchWriteItem", "BatchExecuteStatement")
_CHART_DESCRIPTION: Final = (
    "Items a second on one core, for each way to rewrite a table: dynamigrate's are the longest bars"
)


def markdown(results: Results, scale: Scale, apart: Mapping[str, str]) -> str:
    """
    The whole page.

    Args:
        apart: The sections about what is measured by itself, by their names in the template.
    """
    machine, asset = results.machine, results.asset
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        sections(results),
        **apart,
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
        pairs=scale.pairs,
        enough=f"{ENOUGH_ITEMS:,}",
        load=machine.load,
        disturbed=_disturbed(results),
        stub=_stub(results),
    )
    return text.replace("\n\n\n\n", "\n\n")


def sections(results: Results) -> dict[str, str]:
    """The tables, by their names in the template."""
    return {
        "goals": _goals(results),
        "at_once": _at_once(results.at_once),
        "larger": _larger(results),
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
    # No tool gets near the floors, and beside them nothing else could be told apart.
    tools = [name for name in comparison.measured if not named(name).floor]
    return Panel(
        title=title,
        note=f"(in grey: against {_BASE_NAME})",
        bars=[
            Bar(
                label=named(name).title,
                value=comparison.rate(name).median,
                text=f"{comparison.rate(name).median:,.0f}",
                note=times(ratio.median) if (ratio := comparison.ratio(name, _BASE)) else "",
                ours=named(name).is_ours,
            )
            for name in tools
        ],
    )


def _goals(results: Results) -> str:
    rows = [(goal.text, goal.wanted(), goal.measured(results), goal.verdict(results)) for goal in GOALS]
    return grid(("goal", "wanted", "measured", ""), rows)


def _misses(results: Results) -> str:
    missed = [goal for goal in GOALS if goal.is_met(results) is False and goal.why]
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
            _range(comparison.cpu(name)),
            f"{comparison.rate(name).median:,.0f}",
            _against(comparison, name, _BASE),
            f"{comparison.peak(name) / 1e6:,.0f}",
        )
        for name in comparison.measured
    ]
    headers = ("contender", "guarded", "µs an item", "items/s a core", "against batch_writer", "MB")
    return grid(headers, rows, left=2)


def _larger(results: Results) -> str:
    kinds = {kind.name: kind for kind in order.KINDS}
    names = dict.fromkeys(name for one in results.larger.values() for name in one.measured)
    rows = []
    for name in names:
        row = [named(name).title]
        for comparison in results.larger.values():
            row += [_range(comparison.cpu(name)), f"{comparison.peak(name) / 1e6:,.0f}"]
        rows.append(row)
    headers = ["µs an item, and memory"]
    for kind in results.larger:
        headers += [kinds[kind].title, "MB"]
    return grid(headers, rows)


def _delayed(comparison: Comparison) -> str:
    rows = [
        (
            named(name).title,
            "yes" if named(name).guarded else "no",
            f"{comparison.rate(name).median:,.0f}",
            _against(comparison, name, _BASE),
            _against(comparison, name, _NAIVE),
            f"{comparison.cpu(name).median * comparison.rate(name).median / 1e6:.0%}",
            f"{comparison.peak(name) / 1e6:,.0f}",
        )
        for name in comparison.measured
    ]
    headers = ("contender", "guarded", "items/s", "against batch_writer", "against put_item", "of the core", "MB")
    return grid(headers, rows, left=2)


def _range(spread: Spread) -> str:
    return f"{spread.median:,.1f} ({spread.low:,.1f} to {spread.high:,.1f})"


def _against(comparison: Comparison, name: str, base: str) -> str:
    ratio = comparison.ratio(name, base)
    return "" if ratio is None else str(ratio)


def _refused(pairs: Mapping[str, Pair]) -> str:
    rows = [
        (
            named(name).title,
            f"{pair.after[0].items:,}",
            f"{Spread.of(one.requests for one in pair.before).median:,.0f}",
            f"{Spread.of(one.requests for one in pair.after).median:,.0f}",
            str(pair.requests),
        )
        for name, pair in pairs.items()
    ]
    return grid(("30 % of the writes unprocessed", "items", "requests without", "with", "ratio"), rows)


def _memory(pair: Pair) -> str:
    rows = [
        (f"{rounds[0].items:,}", _megabytes(Spread.of(one.peak for one in rounds).median))
        for rounds in (pair.before, pair.after)
    ]
    return grid(("items in the table", "largest resident set"), rows, left=0)


def _disturbed(results: Results) -> str:
    """What others did on the two cores meanwhile."""
    found = list(results.measurements())
    disturbed = [one for one in found if one.is_disturbed]
    if not disturbed:
        return (
            f"In none of the {len(found)} measurements did others use more than {DISTURBED:.0%} of one of the two cores"
        )
    return (
        f"**Disturbed:** in {len(disturbed)} of the {len(found)} measurements others used more than {DISTURBED:.0%} of one "
        f"of the two cores, at most {max(one.others for one in disturbed):.0%}"
    )


def _stub(results: Results) -> str:
    """How busy the server was beside whom it was busiest, and beside the busiest tool."""
    shares = [
        (named(name).floor, comparison.stub(name))
        for comparison in (results.at_once, *results.larger.values(), results.delayed)
        for name in comparison.measured
    ]
    text = f"{max(share for floor, share in shares if not floor):.0%} of the time of any tool"
    floors = [share for floor, share in shares if floor]
    return f"{text}, and {max(floors):.0%} of a floor's" if floors else text


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
        ("boto3, a client, Powertools' Tracer", found.tracer),
        ("the handler and its client", found.handler),
        ("the same, and boto3's client for a migration", found.migration),
        *((f"the handler and its client, {count:,} migrations loaded", times) for count, times in found.source.items()),
        *((f"the same, planned with {count:,} applied in the history", times) for count, times in found.plan.items()),
    ]
    return grid(("a fresh process", "CPU, ms"), [(text, f"{Spread.of(times).median:.0f}") for text, times in rows])


def _megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"
