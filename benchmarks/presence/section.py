"""The section about what it costs to be there: its tables, in the text around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template
from typing import Final

from ..grid import grid
from ..marks import Marks
from ..spread import Spread
from .idle import WATCH_SECONDS, WATCHES, idle_dollars
from .series import Deploys, Presences, Synth
from .variants import ALL, ALONE, DEPLOYED, OURS, SHORT, Variant, named

MARKS: Final = Marks("presence", "make bench ARGS=--presence")
_TEMPLATE: Final = Path(__file__).with_name("presence.md.template")

Figures = Callable[[Presences, str], Sequence[float]]


def _of_synths(figure: Callable[[Synth], float]) -> Figures:
    return lambda results, name: [figure(one) for one in results.synths[name]]


def _of_deploys(figure: Callable[[Deploys], float]) -> Figures:
    return lambda results, name: [figure(one) for one in results.deploys[name]]


_FIGURES: Final[dict[str, Figures]] = {
    "synth": _of_synths(lambda one: one.seconds),
    "its CPU": _of_synths(lambda one: one.cpu),
    "first deploy": _of_deploys(lambda one: one.first),
    "a deploy with nothing pending": _of_deploys(lambda one: one.again),
}


def markdown(results: Presences) -> str:
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        tables(results),
        watches=f"{WATCHES:,}",
        watch_ms=f"{WATCH_SECONDS * 1000:.0f}",
        verdict="\n".join(_verdict(results)),
        cdk=results.cdk,
        rounds=results.rounds,
        day=results.machine.day,
        machine=results.machine,
        load=results.machine.load,
    )


def tables(results: Presences) -> dict[str, str]:
    """By their names in the template."""
    return {"times": _times(results), "counts": _counts(results)}


def _times(results: Presences) -> str:
    headers = ["seconds"]
    for name in _FIGURES:
        headers += [name, "ratio"]
    return grid(headers, [_row(results, variant) for variant in DEPLOYED])


def _row(results: Presences, variant: Variant) -> list[str]:
    row = [variant.title]
    for figures in _FIGURES.values():
        row.append(f"{Spread.of(figures(results, variant.name)).median:.1f}")
        row.append(str(_ratio(results, variant, figures)) if variant.is_ours else "")
    return row


def _ratio(results: Presences, variant: Variant, figures: Figures) -> Spread:
    return Spread.of_ratios(figures(results, variant.name), figures(results, variant.against))


def _counts(results: Presences) -> str:
    without = results.counts[ALONE.name]
    rows = []
    for variant in ALL:
        found = results.counts[variant.name]
        dollars = idle_dollars(found, without)
        rows.append(
            (
                variant.title,
                f"{found.resources}",
                f"{found.policies}",
                f"{found.functions}",
                f"{found.zipped / 1e6:,.2f} MB" if found.zips else "",
                "" if variant is ALONE else f"${dollars:.2f}" if dollars >= 0.01 else f"${dollars:.5f}",
            )
        )
    return grid(("in the template", "resources", "policies", "functions", "zip", "a month"), rows)


def _verdict(results: Presences) -> list[str]:
    """
    Whether it is not slower, and has fewer resources: each with its figures.

    Where some rounds found the one quicker and others the other, they don't tell which is.
    """
    lines = []
    for variant in (OURS, SHORT):
        ratios = {name: _ratio(results, variant, figures) for name, figures in _FIGURES.items()}
        slower = [f"{name} {ratio}" for name, ratio in ratios.items() if ratio.low > 1]
        untold = [f"{name} {ratio}" for name, ratio in ratios.items() if ratio.low <= 1 < ratio.high]
        ours, theirs = (results.counts[name].resources for name in (variant.name, variant.against))
        than = "fewer" if ours < theirs else "no fewer" if ours == theirs else "more"
        speed = f"slower in: {'; '.join(slower)}" if slower else "nowhere slower"
        if untold:
            speed += f"; not told by the rounds in: {'; '.join(untold)}"
        lines.append(
            f"- {variant.title}, against {named(variant.against).title}: {speed}; {than} resources, {ours} to {theirs}."
        )
    return lines
