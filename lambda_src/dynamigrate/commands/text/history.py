"""The answer to ``history``, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answers import AnswerObject
from .words import columns, duration, moment


def history_lines(answer: AnswerObject) -> list[str]:
    """A line for each run, the newest first, and below it why it failed."""
    runs = answer.get("runs", [])
    if not runs:
        return ["No run has changed anything yet."]
    told = columns(
        ("BEGAN (UTC)", "COMMAND", "RESULT", "TOOK", "WHAT"),
        [
            (
                moment(run.get("started_at")),
                str(run.get("command") or ""),
                str(run.get("result") or ""),
                duration(run.get("seconds")),
                _what(run),
            )
            for run in runs
        ],
    )
    lines = told[:1]
    for line, run in zip(told[1:], runs, strict=True):
        lines.append(line)
        lines += [f"  {' '.join(str(run['note']).split())}"] if run.get("note") else []
    return lines


def _what(run: Mapping[str, Any]) -> str:
    parts = [f"{name} {', '.join(run[name])}" for name in ("undone", "applied") if run.get(name)]
    if run.get("failed"):
        parts.append(f"failed {run['failed']}")
    version = f"version {run['app_version']}, " if run.get("app_version") else ""
    return f"{'; '.join(parts) or 'nothing'} ({version}{run.get('actor') or 'nobody in particular'})"
