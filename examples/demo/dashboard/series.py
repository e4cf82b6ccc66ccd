"""Metrics, from the lines in CloudWatch's embedded metric format that functions wrote into their logs."""

import json
from collections.abc import Iterable
from typing import Any


def read_lines(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Those of *lines* that are objects: Lambda's own are passed over."""
    found = []
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict):
            found.append(content)
    return found


def series(contents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Each metric with its dimensions and its points, oldest first: seconds since the epoch, and the value.

    CloudWatch makes one of every set of dimensions that a line names.
    """
    found: dict[str, dict[str, Any]] = {}
    for content in contents:
        told = content.get("_aws") or {}
        for directive in told.get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = {name: content[name] for name in names}
                for metric in directive["Metrics"]:
                    value = content[metric["Name"]]
                    key = json.dumps([metric["Name"], dimensions], sort_keys=True)
                    one = found.setdefault(key, {"name": metric["Name"], "dimensions": dimensions, "points": []})
                    for point in value if isinstance(value, list) else [value]:
                        one["points"].append([told["Timestamp"] / 1000, point])
    for one in found.values():
        one["points"].sort()
    return list(found.values())


def log_rows(contents: Iterable[dict[str, Any]], most: int = 50) -> list[list[str]]:
    """The newest lines that are for people, the newest first: when, level, migration, message."""
    rows = [
        [
            str(content.get("timestamp", ""))[11:19],
            *(str(content.get(name) or "") for name in ("level", "migration", "message")),
        ]
        for content in contents
        if "message" in content and "_aws" not in content
    ]
    return rows[::-1][:most]
