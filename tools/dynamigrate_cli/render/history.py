"""The answer to ``history``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..places import Answer
from ..terminal import Terminal
from .quantities import duration, moment
from .table import Cell, Table

_STYLES = {"succeeded": "applied", "failed": "dirty", "unfinished": "pending"}


def show_history(terminal: Terminal, answer: Answer) -> None:
    """A line a run, the newest first."""
    runs = answer.get("runs", [])
    if not runs:
        terminal.say("No run has changed anything yet.")
        return
    exact = not terminal.is_wide
    table = Table(("BEGAN (UTC)", "COMMAND", "RESULT", "TOOK", "RUN", "WHAT"), right=("TOOK",))
    for run in runs:
        took = run.get("seconds")
        table.add(
            moment(run.get("started_at"), exact=exact),
            str(run.get("command") or ""),
            Cell(str(run.get("result") or ""), _STYLES.get(str(run.get("result")), "")),
            f"{took:.3f}" if exact and isinstance(took, int | float) else duration(took),
            str(run.get("run_id") or "") if exact else "",
            _what(run),
        )
    table.show(terminal)


def _what(run: Mapping[str, Any]) -> str:
    parts = [
        f"{name} {', '.join(run[key])}"
        for key, name in (("undone", "undone"), ("applied", "applied"))
        if run.get(key)
    ]
    if run.get("failed"):
        parts.append(f"failed {run['failed']}")
    who = [str(run[name]) for name in ("actor", "app_version") if run.get(name)]
    told = "; ".join(parts) or str(run.get("note") or "nothing")
    return f"{told} (by {', '.join(who)})" if who else told
