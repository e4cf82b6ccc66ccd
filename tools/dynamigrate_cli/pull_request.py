"""The comment of a pull request: what a plan's answer says, in Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .markdown import as_code, as_html, as_text, one_line, rows_of
from .render.quantities import count, dollars

# So that whoever posts it finds the one from before, and replaces it.
MARK: Final = "<!-- dynamigrate: plan -->"
# GitHub takes 65,536 characters; the rest is for what is not a diff.
_LONGEST: Final = 60_000

Answer = Mapping[str, Any]


def comment(answer: Answer, *, title: str = "Migrations") -> str:
    """
    What *answer*, of ``plan``, with a dry run or without, says to a reviewer. It fits into one comment: of many diffs the
    last ones are left out, and it says so.
    """
    if not answer.get("ok", False):
        return "\n\n".join([MARK, f"## {as_text(title)}: the plan failed", *_error(answer.get("error", {}))]) + "\n"
    actions = answer.get("actions", [])
    parts = [MARK, f"## {as_text(title)}: {count(len(actions), 'action') if actions else 'nothing to do'}"]
    if actions:
        parts.append(_table(actions))
    parts += _notes(answer, actions)
    rehearsed = any("dry_run" in one for one in actions)
    last = "_From a dry run: nothing was written._" if rehearsed else ""
    left = _LONGEST - sum(len(part) + 2 for part in [*parts, last])
    return "\n\n".join([*parts, *_fitting(_details(actions), left), *([last] if last else [])]) + "\n"


def _fitting(details: Iterator[str], left: int) -> Iterator[str]:
    out = 0
    for one in details:
        if out or len(one) > left:
            out += 1
            continue
        left -= len(one) + 2
        yield one
    if out:
        yield f"_{count(out, 'more diff')} did not fit here._"


def _table(actions: Sequence[Answer]) -> str:
    rehearsed = any("dry_run" in one for one in actions)
    priced = rehearsed or any("cost" in one for one in actions)
    head = ["", "migration", *(["would write"] if rehearsed else []), *(["cost", "time"] if priced else [])]
    rows = []
    for one in actions:
        row = [as_text(one["action"]), f"{as_code(one['migration'])} {as_text(one.get('description', ''))}".rstrip()]
        if rehearsed:
            row.append(_writes(one.get("dry_run", {})))
        if priced:
            row += [_dollars(one), _time(one)]
        rows.append(row)
    return rows_of(head, rows)


def _writes(found: Answer) -> str:
    parts = []
    for name, counts in found.get("tables", {}).items():
        done = [
            f"{count(counts.get(kind, 0), 'item')} {verb}"
            for kind, verb in (("items_written", "written"), ("items_deleted", "deleted"))
            if counts.get(kind)
        ]
        if done:
            parts.append(f"{as_code(name)}: {', '.join(done)}")
    for other in found.get("others", []):
        about = f" of {as_code(other['table'])}" if other.get("table") else ""
        times = f", {other['count']:,} times" if other.get("count", 1) > 1 else ""
        parts.append(f"{as_text(other['service'])} {as_code(other['operation'])}{about}{times}")
    if found.get("error"):
        parts.append(f"**fails: {as_text(found['error'].get('type', ''))}**")
    return "<br>".join(parts) or ("nothing" if "tables" in found else "not known")


def _dollars(action: Answer) -> str:
    found = action.get("dry_run") or action.get("cost") or {}
    return dollars(found.get("dollars")) or "not known"


def _time(action: Answer) -> str:
    minutes = (action.get("dry_run") or {}).get("minutes", (action.get("cost") or {}).get("minutes"))
    if minutes is None:
        return ""
    if minutes < 1:
        return "under a minute"
    return f"about {minutes / 60:,.1f} hours" if minutes >= 120 else f"about {count(round(minutes), 'minute')}"


def _notes(answer: Answer, actions: Sequence[Answer]) -> Iterator[str]:
    """What a reviewer has to know beside the table."""
    yield from _listed("Errors", [(one, _said(one["dry_run"]["error"])) for one in actions if _has(one, "error")])
    failed = [one for one in answer.get("checks", []) if not one.get("passed", True)]
    yield from _listed("Checks that fail", [(one, _said(one.get("error", {}))) for one in failed])
    yield from _listed(
        "Not known from here",
        [(one, as_text(said)) for one in actions for said in (one.get("dry_run") or {}).get("unknown", [])],
    )
    waiting = [(one, f"requires {', '.join(map(as_code, one['requires']))}") for one in actions if one.get("requires")]
    gated = [one for one in [*actions, *answer.get("held", [])] if one.get("waits_for")]
    waiting += [(one, as_text("; ".join(one["waits_for"]))) for one in gated]
    yield from _listed("Not ready", waiting)
    if warnings := answer.get("warnings"):
        yield "\n".join(["**Warnings**", "", *(f"- {as_text(one)}" for one in warnings)])


def _has(action: Answer, name: str) -> bool:
    return bool((action.get("dry_run") or {}).get(name))


def _listed(head: str, entries: Sequence[tuple[Answer, str]]) -> Iterator[str]:
    if entries:
        yield "\n".join([f"**{head}**", "", *(f"- {as_code(one['migration'])}: {said}" for one, said in entries)])


def _said(error: Answer) -> str:
    where = f" ({as_code(error['where'])})" if error.get("where") else ""
    return f"{as_text(error.get('type', ''))}: {as_text(error.get('message', ''))}{where}"


def _error(error: Answer) -> Iterator[str]:
    yield f"**{as_text(error.get('type', 'Error'))}**: {as_text(error.get('message', ''))}"
    if step := error.get("next"):
        yield as_text(step)


def _details(actions: Sequence[Answer]) -> Iterator[str]:
    """The sample of each backfill, folded."""
    for action in actions:
        sample = (action.get("dry_run") or {}).get("sample")
        if sample and sample.get("items"):
            name = as_html(one_line(f"{action['migration']} {action.get('description', '')}".rstrip()))
            counts = f"{sample.get('would_change', 0):,} of {count(sample.get('read', 0), 'item')} would change"
            failed = f", transform fails for {sample['failed']:,}" if sample.get("failed") else ""
            lines = [line for item in sample["items"] for line in _item(item)]
            if left_out := sample.get("left_out"):
                lines.append(f"  {count(left_out, 'more item')} did not fit into the answer")
            yield "\n".join(
                [
                    "<details>",
                    f"<summary>{name}: {counts}{failed}</summary>",
                    "",
                    *_fenced(lines),
                    "",
                    "</details>",
                ]
            )


def _item(item: Answer) -> Iterator[str]:
    key = item["key"] if isinstance(item["key"], str) else json.dumps(item["key"], ensure_ascii=False)
    where = f" of {item['table']}" if item.get("table") else ""
    yield f"@@ {one_line(item['outcome'])} {one_line(key)}{one_line(where)} @@"
    if error := item.get("error"):
        yield f"! {one_line(error.get('type', ''))}: {one_line(error.get('message', ''))}"
    for change in item.get("changes", []):
        types = change.get("types", ["", ""])
        for sign, side, kind in (("-", "before", types[0]), ("+", "after", types[-1])):
            if side in change:
                value = json.dumps(change[side], ensure_ascii=False)
                yield f"{sign} {one_line(change['path'])}: {one_line(value)}{f' ({kind})' if kind else ''}"
    if more := item.get("more_changes"):
        yield f"  and {count(more, 'more change')}"


def _fenced(lines: Sequence[str]) -> list[str]:
    """A block of code, whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}diff", *lines, fence]
