"""The page about fleets: a table for each scenario, and the chart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final

from ..chart import Bar, Panel, chart
from ..grid import grid, times
from . import claims
from .claims import Worst

_TEMPLATE: Final = Path(__file__).with_name("fleets.md.template")
_DESCRIPTION: Final = "How long fleets of 1 to 256 workers take, against a client that knows everything: nearly as long"
_HEADERS: Final = (
    "workers",
    "of the possible",
    "highest 10 s",
    "slowest worker",
    "refused",
    "took, s",
    "ideal, s",
    "against ideal",
)
_LIVE: Final = "live refused"

# By scenario and number of workers.
Results = Mapping[str, Mapping[int, Worst]]


def markdown(results: Results, *, seeds: Mapping[int, int]) -> str:
    """The whole page."""
    fewer = sorted(size for size, number in seeds.items() if number < max(seeds.values()))
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        tables(results),
        chart_description=_DESCRIPTION,
        used=f"{claims.USED:.0%}",
        highest=f"{claims.HIGHEST:.0%}",
        least=f"{claims.LEAST:.0%}",
        ratio=times(claims.RATIO),
        seeds=max(seeds.values()),
        fewer=" and ".join(map(str, fewer)),
        fewer_seeds=min(seeds.values()),
    )


def tables(results: Results) -> dict[str, str]:
    """By scenario."""
    return {name: table(by_size, live=name == "live") for name, by_size in results.items()}


def table(by_size: Mapping[int, Worst], *, live: bool) -> str:
    """What misses its claim is bold."""
    headers = [*_HEADERS[:5], _LIVE, *_HEADERS[5:]] if live else _HEADERS
    return grid(headers, [_row(size, worst, live=live) for size, worst in by_size.items()], left=0)


def _row(size: int, worst: Worst, *, live: bool) -> list[str]:
    def judged(name: str, text: str) -> str:
        return f"**{text}**" if name in worst.misses else text

    return [
        str(size),
        judged("used", f"{worst.used:.1%}"),
        judged("highest", f"{worst.highest:.1%}"),
        judged("least", f"{worst.least:.0%}"),
        f"{worst.refused:.1%}",
        *([f"{worst.live_refused:.1%}"] if live else []),
        f"{worst.seconds:.0f}",
        f"{worst.ideal:.0f}",
        judged("ratio", times(worst.ratio)),
    ]


def svg(results: Results) -> str:
    titles = {
        "steady": "All the same",
        "table": "The table takes half",
        "live": "Live traffic comes and goes",
        "deaths": "Workers die",
    }
    panels = [
        Panel(
            title=title,
            note="time to finish, against an ideal client's",
            bars=[
                Bar(
                    label=f"{size} worker{'s' if size > 1 else ''}",
                    value=worst.ratio,
                    text=times(worst.ratio),
                    note=f"{worst.used:.0%} used",
                    ours=not worst.misses,
                )
                for size, worst in results[name].items()
            ],
        )
        for name, title in titles.items()
    ]
    return chart(panels, description=_DESCRIPTION)
