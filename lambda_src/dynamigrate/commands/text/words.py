"""Moments, durations, tables and commands, as plain text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def command_text(step: Any) -> str:
    """A command as the JSON that is sent; a sentence as it is."""
    return step if isinstance(step, str) else json.dumps(step, ensure_ascii=False)


def moment(timestamp: object) -> str:
    """``2026-11-24 09:12`` of a timestamp in UTC; empty for none."""
    text = str(timestamp or "")
    return f"{text[:10]} {text[11:16]}" if len(text) >= 16 else text


def duration(seconds: object) -> str:
    """``0.3 s``, ``42 s``, ``4 min 10 s``, ``1 h 05 min``; empty for none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return ""
    if isinstance(seconds, float) and seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"


def number(amount: float) -> str:
    """``1,200``, or one digit of what is no whole number."""
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.1f}"


def count(amount: object, noun: str) -> str:
    """``1 item``, ``1,200 items``."""
    told = number(amount) if isinstance(amount, int | float) else amount
    return f"{told} {noun}{'' if amount == 1 else 's'}"


def error_text(error: dict[str, Any]) -> str:
    """``KeyError: 'status' (add_status.py:14)``, its line ends as spaces."""
    told = ": ".join(str(error[name]) for name in ("type", "message") if error.get(name))
    where = f" ({error['where']})" if error.get("where") else ""
    return f"{' '.join(told.split())}{where}"


def columns(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """*rows* under *heading*, each column as wide as its widest cell, but for the last one."""
    widths = [max(len(row[at]) for row in (heading, *rows)) for at in range(len(heading) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in (heading, *rows)
    ]
