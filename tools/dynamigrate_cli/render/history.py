"""The answer to ``history``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..places import Answer
from ..terminal import Terminal
from ..wording import Wording
from .quantities import duration, moment
from .table import Cell, Table

_STYLES = {"succeeded": "applied", "failed": "dirty", "unfinished": "pending", "refused": "pending"}


def show_history(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    """The newest run first: in a pipe a line each, in a terminal with what is said of it below."""
    runs = answer.get("runs", [])
    if not runs:
        terminal.say("No run has changed anything yet.")
    elif terminal.is_terminal:
        for run in runs:
            _show(terminal, wording, run)
    else:
        _table(terminal, wording, runs)


def _show(terminal: Terminal, wording: Wording, run: Mapping[str, Any]) -> None:
    from rich.text import Text

    result = str(run.get("result") or "")
    head = Text.assemble(
        f"{moment(run.get('started_at'))}  {run.get('command') or '':<8}  ",
        (f"{result:<10}", _STYLES.get(result, "")),
        f"{duration(run.get('seconds')):>10}",
    )
    terminal.say(head)
    for line in (_done(run), wording.text(str(run.get("note") or ""))):
        if line:
            terminal.say(line, indent=2)
    terminal.say(f"by {_who(run)}, run {run.get('run_id')}", "quiet", indent=2)


def _table(terminal: Terminal, wording: Wording, runs: list[dict[str, Any]]) -> None:
    table = Table(("BEGAN", "COMMAND", "RESULT", "SECONDS", "RUN", "WHAT"), right=("SECONDS",))
    for run in runs:
        seconds = run.get("seconds")
        told = "; ".join(one for one in (_done(run), wording.text(str(run.get("note") or ""))) if one)
        table.add(
            moment(run.get("started_at"), exact=True),
            str(run.get("command") or ""),
            Cell(str(run.get("result") or "")),
            f"{seconds:.3f}" if isinstance(seconds, int | float) else "",
            str(run.get("run_id") or ""),
            f"{told or 'nothing'} (by {_who(run)})",
        )
    table.show(terminal)


def _done(run: Mapping[str, Any]) -> str:
    parts = [f"{name} {', '.join(run[name])}" for name in ("undone", "applied") if run.get(name)]
    if run.get("failed"):
        parts.append(f"failed {run['failed']}")
    return "; ".join(parts)


def _who(run: Mapping[str, Any]) -> str:
    who = [str(run.get("actor") or "nobody in particular")]
    who += [f"version {run['app_version']}"] if run.get("app_version") else []
    who += [f"deploy {run['deploy_id']}"] if run.get("deploy_id") else []
    return ", ".join(who)
