"""
Answers as lines of plain text, for a person who reads them in the Lambda console.

A list of lines, because the console and the AWS CLI show the line ends of a string escaped, and a list line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..answers import AnswerObject
from .history import history_lines
from .plan import plan_lines, plan_next
from .status import status_lines
from .words import command_text

__all__ = ["TEXTS", "as_text"]

TEXTS: Final[Mapping[str, Callable[[AnswerObject], list[str]]]] = {
    "status": status_lines,
    "plan": plan_lines,
    "history": history_lines,
}


def as_text(event: Mapping[str, Any], answer: AnswerObject) -> AnswerObject:
    """
    The *answer* to *event* as text: under ``text`` its lines, the next command last and on a line of its own.

    That command stands under ``next`` once more as it is sent: in a line of JSON its quotes are shown escaped.
    """
    action = str(event["action"])
    lines = TEXTS[action](answer)
    step = plan_next(event, answer) if action == "plan" else answer.get("next")
    if step is None:
        return {"ok": True, "text": lines}
    return {"ok": True, "text": [*lines, "", "Next:", command_text(step)], "next": step}
