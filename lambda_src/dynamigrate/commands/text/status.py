"""The answer to ``status``, as lines of text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from ..answers import AnswerObject
from ..states import UNDER_WAY, counts, under_way
from .words import columns, command_text, count, duration, error_text, moment

# Of the applied ones about which there is nothing to say, so many of the newest are shown.
_SHOWN: Final = 15
_ORDER: Final = ("dirty", "running", "held", "pending", "applied", "missing")


def status_lines(answer: AnswerObject) -> list[str]:
    """How many are in which state, who holds the lock, what is wrong, what goes on, and the migrations themselves."""
    lines = [_counts(answer), *lock_lines(answer.get("lock", {}))]
    if answer.get("note"):
        lines.append(answer["note"])
    for one in answer.get("dirty", ()):
        lines += ["", *_dirty(one, advised=answer.get("next"))]
    for one in answer.get("running", ()):
        lines += ["", *_running(one)]
    if answer.get("warnings"):
        lines += ["", *answer["warnings"]]
    if rows := answer.get("migrations"):
        lines += ["", *_rows(rows, under_way(answer))]
    return lines


def lock_lines(lock: Mapping[str, Any]) -> list[str]:
    """Who holds the lock, and what was asked of its run."""
    if not lock.get("held"):
        return ["Nobody holds the lock."]
    times = [
        f"{word} {moment(lock[name])} UTC" for word, name in (("since", "since"), ("until", "until")) if lock.get(name)
    ]
    lines = [f"The lock is held{', ' if times else ''}{', '.join(times)}, by {lock.get('holder') or 'somebody'}."]
    if fleet := lock.get("goes_on", {}).get("fleet"):
        lines.append(f"{fleet['at_work']} of {fleet['workers']} workers are at work on {fleet['migration']}.")
    return [*lines, *asked_lines(lock)]


def asked_lines(lock: Mapping[str, Any]) -> list[str]:
    """What was asked of the run that holds the lock."""
    lines = []
    if rate := lock.get("rate"):
        units = [f"{rate[name]:g} {name.replace('_', ' ')}" for name in ("read_units", "write_units") if name in rate]
        lines.append(f"Its rate is {' and '.join(units)} a second until {moment(rate['until'])} UTC, by {rate['by']}.")
    if lock.get("paused"):
        lines.append("It is paused.")
    if lock.get("asked_to_stop"):
        lines.append(f"It was asked to stop: {lock['asked_to_stop']}.")
    return lines


def progress_text(progress: Mapping[str, Any]) -> str:
    """``1,200 of about 5,000 (24 %), 310 a second, 12 s left``."""
    share = f" ({progress['percent']:g} %)" if "percent" in progress else ""
    parts = [f"{progress.get('done', 0):,} of about {progress.get('total', 0):,}{share}"]
    if progress.get("per_second"):
        parts.append(f"{progress['per_second']:,.0f} a second")
    if progress.get("seconds_left"):
        parts.append(f"{duration(progress['seconds_left'])} left")
    if progress.get("waits_for"):
        parts.append(f"waits for {progress['waits_for']}")
    return ", ".join(parts)


def _counts(answer: AnswerObject) -> str:
    found = counts(answer)
    told = ", ".join(f"{found[state]:,} {state}" for state in _ORDER if found.get(state))
    phase = " (after the application)" if answer.get("phase") == "after" else ""
    return f"{told or 'No migrations'}{phase}."


def _dirty(one: Mapping[str, Any], *, advised: object) -> list[str]:
    what = "was being undone" if one.get("in") == "undo" else "began"
    found = "is under way" if one["found"] == UNDER_WAY else f"is dirty: {one['found']}"
    lines = [f"{one['migration']} {what} at {moment(one.get('began'))} UTC, and {found}."]
    if one.get("error"):
        lines.append(f"  {error_text(one['error'])}")
    if one.get("progress"):
        lines.append(f"  {progress_text(one['progress'])}")
    if commands := (point := one.get("restore_point") or {}).get("commands"):
        lines += [f"  Its tables can be restored to {moment(point['at'])} UTC:", *(f"    {each}" for each in commands)]
    if one.get("next") not in (None, advised):
        lines.append(f"  {command_text(one['next'])}")
    return lines


def _running(one: Mapping[str, Any]) -> list[str]:
    lines = [f"{one['migration']} goes on in a run of its own since {moment(one.get('began'))} UTC."]
    if one.get("progress"):
        lines.append(f"  {progress_text(one['progress'])}")
    if one.get("done_about"):
        lines.append(f"  It should be done about {moment(one['done_about'])} UTC.")
    return lines


def _rows(rows: list[dict[str, Any]], running: Collection[str]) -> list[str]:
    """The newest first; of many that are applied, those that are older are counted."""
    told, plain, left_out = [], 0, 0
    for row in reversed(rows):
        state = "running" if row["id"] in running else row["state"]
        notes = _notes(row)
        if state == "applied" and not notes:
            plain += 1
            if plain > _SHOWN:
                left_out += 1
                continue
        described = " ".join([str(row.get("description") or ""), *([f"({'; '.join(notes)})"] if notes else [])])
        told.append((row["id"], state, moment(row.get("applied_at")), duration(row.get("seconds")), described.strip()))
    lines = columns(("ID", "STATE", "APPLIED (UTC)", "TOOK", "DESCRIPTION"), told)
    if left_out:
        lines.append(f"and {count(left_out, 'older one')}, applied.")
    return lines


def _notes(row: Mapping[str, Any]) -> list[str]:
    """What is out of the ordinary about one migration."""
    notes = ["after the application"] if row.get("phase") == "after" else []
    if row.get("replaced_by"):
        notes.append(f"replaced by {row['replaced_by']}")
    notes += [flag for flag in ("changed", "another") if row.get(flag)]
    notes += [f"waits: {one}" for one in row.get("waits_for", ())]
    if row.get("ready_at"):
        notes.append(f"ready at {moment(row['ready_at'])} UTC")
    if (verified := row.get("verified")) and not verified.get("clean"):
        notes.append(f"{verified.get('would_change', 0):,} of {count(verified.get('checked', 0), 'item')} would change")
    return notes
