"""Of all that a failed deploy said, why it failed."""

from __future__ import annotations

_LOG_LINES = 15


def reason(output: str) -> str:
    """What the CDK says of the failure, and the end of the function's log where it has found it; else its last lines."""
    lines = output.splitlines()
    begin = _first(lines, "❌", 0)
    if begin == len(lines):
        return "\n".join(lines[-30:]).strip()
    end = _first(lines, "Source Location", begin)
    log = _first(lines, "Logs from", end)
    log_end = _first(lines, "Logs: http", log)
    shown = lines[log + 1 : log_end][-_LOG_LINES:]
    return "\n".join([*lines[begin:end], *(["", lines[log].strip(), *shown] if shown else [])]).strip()


def _first(lines: list[str], word: str, begin: int) -> int:
    return next((number for number in range(begin, len(lines)) if word in lines[number]), len(lines))
