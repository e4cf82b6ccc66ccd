"""Who holds the lock, and what was asked of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamigrate.commands.text.status import asked_lines

from .quantities import moment


def holder_in_words(lock: Mapping[str, Any]) -> str:
    """Who holds it, as a sentence can go on with a verb."""
    holder = str(lock.get("holder") or "Somebody")
    return f"{holder}," if ", whose " in holder else holder


def lock_lines(lock: Mapping[str, Any]) -> list[str]:
    """The lock in words, a line for each thing; one that is free is one line."""
    if not lock.get("held"):
        return ["Nobody holds the lock."]
    since = f" since {moment(lock['since'])} UTC" if lock.get("since") else ""
    holder = holder_in_words(lock)
    # A name stays as it is.
    begun = holder.replace("another driver", "Another driver", 1) if holder.endswith(",") else holder
    lines = [f"{begun} holds the lock{since}."]
    if lock.get("until"):
        lines[0] = f"{lines[0][:-1]}, until {moment(lock['until'])} UTC at the latest."
    if run := lock.get("run_id"):
        lines.append(f"Its run is {run}.")
    if goes_on := lock.get("goes_on"):
        lines.append(
            f"It goes on in the state machine, slice {goes_on.get('slice')}, since {moment(goes_on.get('began'))} UTC."
        )
        if fleet := goes_on.get("fleet"):
            lines.append(f"{fleet['at_work']} of {fleet['workers']} workers are at work on {fleet['migration']}.")
    return [*lines, *asked_lines(lock)]
