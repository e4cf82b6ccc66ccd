"""A dashboard as `Migrations(dashboard=True)` lays it out, with some hours behind it, for pictures of it."""

import math
from typing import Any, Final

from tests.browser.scenes import DIRTY, NAME, NOW, RUNNING

WIDGET: Final = "arn:aws:lambda:eu-central-1:111122223333:function:OrderMigrations-Widget"
_STACK: Final = "OrderMigrations"
_MINUTES: Final = 200


def dashboard() -> dict[str, Any]:
    """What its page asks for: the body's widgets, the points of their metrics, and the log's last lines."""
    return {
        "name": "OrderMigrations-Migrations",
        "widgets": _widgets(),
        "series": _series(),
        "log": _log(),
        "now": NOW.timestamp(),
    }


def _widgets() -> list[dict[str, Any]]:
    def runs(title: str, *metrics: tuple[str, str]) -> dict[str, Any]:
        return {
            "title": title,
            "metrics": [
                [
                    "dynamigrate",
                    name,
                    "history",
                    NAME,
                    {"label": label, **({"color": "#d62728"} if label == "failed" else {})},
                ]
                for name, label in metrics
            ],
        }

    def progress(title: str, *metrics: tuple[str, str]) -> dict[str, Any]:
        whose = "${PROP('Dim.migration')}"
        search = "SEARCH('{{dynamigrate,migration,service}} MetricName=\"{}\" (service=\"{}\")', 'Maximum')"
        return {
            "title": title,
            "metrics": [
                [{"expression": search.format(name, _STACK), "label": f"{whose} {label}".strip()}]
                for name, label in metrics
            ],
        }

    links = "[button:Log](https://example.com) [button:Function](https://example.com) [button:Detached runs](https://example.com)"
    third = [
        runs("Runs", ("Runs", "runs"), ("FailedRuns", "failed")),
        progress("Progress, in percent", ("Percent", "")),
        progress("Write units a second, against the ceiling", ("WriteRate", "rate"), ("WriteCeiling", "ceiling")),
    ]
    return [
        {"type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": {"markdown": f"## {NAME}\n\n{links}"}},
        {
            "type": "custom",
            "x": 0,
            "y": 2,
            "width": 24,
            "height": 12,
            "properties": {"endpoint": WIDGET, "title": f"Migrations of {NAME}"},
        },
        *(
            {"type": "metric", "x": 8 * number, "y": 14, "width": 8, "height": 6, "properties": one}
            for number, one in enumerate(third)
        ),
    ]


def _series() -> list[dict[str, Any]]:
    now = NOW.timestamp()
    minutes = range(_MINUTES, -1, -2)
    of_progress: dict[str, list[float]] = {
        "Percent": [64 * (1 - one / _MINUTES) for one in minutes],
        "WriteRate": [
            min(500, 120 + 3 * (_MINUTES - one)) * (0.9 + 0.1 * math.sin(one / 5)) - (180 if 70 < one < 96 else 0)
            for one in minutes
        ],
        "WriteCeiling": [500 if not 70 < one < 96 else 290 for one in minutes],
    }
    whose = {"service": _STACK, "migration": RUNNING}
    ran = {"Runs": [1, 2, 1, 1], "FailedRuns": [0, 0, 0, 1]}
    return [
        *(
            {
                "name": name,
                "dimensions": whose,
                "points": [[now - 60 * one, value] for one, value in zip(minutes, values, strict=True)],
            }
            for name, values in of_progress.items()
        ),
        *(
            {
                "name": name,
                "dimensions": {"history": NAME},
                "points": [[now - 60 * one, value] for one, value in zip((190, 125, 61, 23), values, strict=True)],
            }
            for name, values in ran.items()
        ),
    ]


def _log() -> list[list[str]]:
    return [["13:40:02", "ERROR", DIRTY, "The run failed after 12.4 s: ValueError: order 1004 has no name"]]
