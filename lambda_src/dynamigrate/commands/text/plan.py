"""The answer to ``plan``, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answers import AnswerObject
from .words import columns, count, duration, error_text, moment


def plan_lines(answer: AnswerObject) -> list[str]:
    """What would be done, in order; what that costs and writes; what the checks found; and what would be passed over."""
    actions = answer.get("actions", [])
    lines = ["There is nothing to do."]
    if actions:
        lines = columns(
            ("ACTION", "ID", "DESCRIPTION"),
            [(one["action"], one["migration"], _described(one)) for one in actions],
        )
    for one in actions:
        if note := (one.get("cost") or {}).get("note"):
            lines += ["", f"{one['migration']}: {note}"]
        if one.get("dry_run"):
            lines += ["", *_rehearsed(one["migration"], one["dry_run"])]
    for one in answer.get("held", ()):
        ready = f", ready at {moment(one['ready_at'])} UTC" if one.get("ready_at") else ""
        lines += ["", f"{one['migration']} would be passed over: {'; '.join(one.get('waits_for', ()))}{ready}."]
    if answer.get("checks"):
        lines += ["", *(_check(one) for one in answer["checks"])]
    if answer.get("note"):
        lines += ["", answer["note"]]
    if answer.get("warnings"):
        lines += ["", *answer["warnings"]]
    return lines


def plan_next(event: Mapping[str, Any], answer: AnswerObject) -> AnswerObject | None:
    """The command that does what was planned; None: there is nothing to do, or a check says that it would not be done."""
    actions = answer.get("actions", [])
    if not actions or not all(one["passed"] for one in answer.get("checks", ())):
        return None
    confirm = {"confirm": True} if any(one["action"] == "undo" for one in actions) else {}
    if "migration" in event:
        return {"action": "to", "migration": event["migration"], **confirm}
    if "n" in event:
        return {"action": "step", "n": event["n"], **confirm}
    return {"action": "migrate"}


def action_notes(action: Mapping[str, Any]) -> list[str]:
    """What is out of the ordinary about one action."""
    notes = []
    if action.get("goes_on_from_its_checkpoint"):
        notes.append("goes on from its checkpoint")
    if action.get("detached"):
        notes.append("in a run of its own")
    if action.get("requires"):
        notes.append(f"would stop the run: requires {', '.join(action['requires'])}")
    if action.get("waits_for"):
        notes.append(f"would stop the run: {'; '.join(action['waits_for'])}")
    if action.get("ready_at"):
        notes.append(f"ready at {moment(action['ready_at'])} UTC")
    return notes


def _described(action: Mapping[str, Any]) -> str:
    notes = action_notes(action)
    return " ".join([str(action.get("description") or ""), *([f"({'; '.join(notes)})"] if notes else [])]).strip()


def _check(check: Mapping[str, Any]) -> str:
    if check["passed"]:
        return f"The check of {check['migration']} passed in {duration(check['seconds'])}."
    return f"The check of {check['migration']} failed: {error_text(check['error'])}"


def _rehearsed(migration: str, found: Mapping[str, Any]) -> list[str]:
    """What a dry run of one migration found, in sums: without a format the answer has each item."""
    lines = [f"{migration}, rehearsed:"]
    for name, one in found.get("tables", {}).items():
        sums = (
            f"{one[key]:,} {word}"
            for key, word in (("items_read", "read"), ("items_written", "written"), ("items_deleted", "deleted"))
            if one.get(key)
        )
        lines.append(f"  {name}: {', '.join(sums) or 'nothing'}")
    lines += [
        f"  {count(other.get('count', 1), 'call')} of {other['service']} {other['operation']}"
        for other in found.get("others", ())
    ]
    if sample := found.get("sample"):
        failed = f", and for {sample['failed']:,} the transform raises" if sample.get("failed") else ""
        read = count(sample.get("read", 0), "sampled item")
        lines.append(f"  Of {read} {sample.get('would_change', 0):,} would change{failed}.")
    if found.get("error"):
        lines.append(f"  It raised {error_text(found['error'])}")
    lines += [f"  Unknown: {sentence}" for sentence in found.get("unknown", ())]
    return lines + ([f"  {found['note']}"] if found.get("note") else [])
