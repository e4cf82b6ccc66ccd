"""What a look over a backfill's data found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..places import Answer
from ..terminal import Terminal
from ..wording import Wording
from .quantities import count, moment, percent


def found_in_words(found: Mapping[str, Any]) -> str:
    """In a few words, for a row of many."""
    if found.get("clean"):
        return f"clean, {count(found.get('checked', 0), 'item')} looked at {moment(found.get('at'))}"
    return f"not clean: {found.get('would_change', 0):,} of {count(found.get('checked', 0), 'item')} would change"


def show_verification(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    """The answer to ``verify``."""
    if not answer.get("done"):
        terminal.say(f"{answer['migration']}: {answer.get('note', '')}", "warning")
        terminal.say(f"Next: {wording.next_step(answer.get('next'))}", "command", whole=True)
        return
    checked, total = answer["checked"], answer["total"]
    of = "all of them" if answer.get("mode") == "full" else f"of {total:,}"
    terminal.say(
        f"{answer['migration']} is {'clean' if answer['clean'] else 'not clean'}: {answer['would_change']:,} of "
        f"{count(checked, 'item')} ({of}) would change.",
        "applied" if answer["clean"] else "dirty",
    )
    if interval := answer.get("interval"):
        low, high = interval
        terminal.say(f"Of all items {percent(low)} to {percent(high)} would, with 95 % confidence.")
    if answer.get("failed"):
        terminal.say(f"For {count(answer['failed'], 'item')} the transform raises.", "dirty")
    if answer.get("unsettled"):
        terminal.say(wording.text(str(answer.get("note", ""))), "warning")
    for key in answer.get("keys", ()):
        terminal.say(f"  {json.dumps(key, ensure_ascii=False)}")
