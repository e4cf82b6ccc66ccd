"""What a dry run of one migration found: what it would write, what of items would change, and what can't be known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..terminal import Terminal
from .quantities import count, dollars, duration, number
from .table import Table

# Sampled items that are shown; --json has all of them.
_SHOWN = 10


def show_dry_run(terminal: Terminal, action: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Under a heading of its own."""
    terminal.say("")
    terminal.say(f"{action['migration']} {action['description']}, rehearsed:", "heading")
    if tables := found.get("tables"):
        table = Table(
            ("TABLE", "READ", "WRITTEN", "DELETED", "REQUESTS", "UNITS"),
            right=("READ", "WRITTEN", "DELETED", "REQUESTS", "UNITS"),
        )
        for name, one in tables.items():
            table.add(
                name,
                *(f"{one.get(key, 0):,}" for key in ("items_read", "items_written", "items_deleted")),
                _requests(one),
                number(one.get("read_units", 0) + one.get("write_units", 0)),
            )
        table.show(terminal)
    for other in found.get("others", ()):
        on = f" of {other['table']}" if other.get("table") else ""
        terminal.say(f"{count(other.get('count', 1), 'call')} of {other['service']} {other['operation']}{on}")
    if units := [
        count(found[f"{kind}_units"], f"{kind} unit") for kind in ("read", "write") if found.get(f"{kind}_units")
    ]:
        sums = [one for one in (dollars(found.get("dollars")), duration(found.get("seconds"))) if one]
        terminal.say(f"In all about {', '.join([*units, *sums])}.")
    _sample(terminal, found.get("sample") or {})
    if error := found.get("error"):
        where = f" ({error['where']})" if error.get("where") else ""
        terminal.say(f"It raised {error['type']}: {error['message']}{where}", "dirty")
    for sentence in found.get("unknown", ()):
        terminal.say(f"Unknown: {sentence}", "warning")
    if found.get("note"):
        terminal.say(str(found["note"]))


def _requests(one: Mapping[str, Any]) -> str:
    """Of a backfill, which is estimated, nobody knows how many."""
    number = one.get("read_requests", 0) + one.get("write_requests", 0)
    return f"{number:,}" if number else ""


def _sample(terminal: Terminal, sample: Mapping[str, Any]) -> None:
    if not sample:
        return
    terminal.say(
        f"Of {count(sample.get('read', 0), 'sampled item')} {sample.get('would_change', 0):,} would change"
        + (f", and for {sample['failed']:,} the transform raises" if sample.get("failed") else "")
        + "."
    )
    items = sample.get("items", [])
    for item in items[:_SHOWN]:
        _item(terminal, item)
    if len(items) > _SHOWN:
        terminal.say(f"  and {len(items) - _SHOWN:,} more, which --json has.")
    if left_out := sample.get("left_out"):
        terminal.say(f"  {count(left_out, 'more item')} did not fit into the answer.")


def _item(terminal: Terminal, item: Mapping[str, Any]) -> None:
    of = f" of {item['table']}" if item.get("table") else ""
    terminal.say(f"  {item.get('outcome', 'update')} {_plain(item.get('key'))}{of}")
    for change in item.get("changes", ()):
        kinds = [f" ({kind})" for kind in change.get("types", ("", "")) if kind] or [""]
        if "before" in change:
            terminal.say(f"    - {change['path']}: {_plain(change['before'])}{kinds[0]}", "gone")
        if "after" in change:
            terminal.say(f"    + {change['path']}: {_plain(change['after'])}{kinds[-1]}", "new")
    if more := item.get("more_changes"):
        terminal.say(f"    and {count(more, 'more change')}")
    if error := item.get("error"):
        where = f" ({error['where']})" if error.get("where") else ""
        terminal.say(f"    {error.get('type')}: {error.get('message')}{where}", "dirty")


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
