"""What went wrong, on stderr: what happened, how far it got, and what to do next as a command of this command line."""

from __future__ import annotations

from typing import Any

from ..faults import Declined, Fault, Interrupted
from ..places import Answer
from ..terminal import Terminal, clean
from ..wording import Wording


def show_error(terminal: Terminal, wording: Wording, answer: Answer) -> None:
    """The error of an answer that failed."""
    error = answer.get("error") or {}
    if done := _done(answer):
        terminal.tell(done)
    _tell(terminal, wording.text(str(error.get("message", ""))) or "It failed, and said no more.")
    _next(terminal, wording.next_step(error.get("next")))


def show_fault(terminal: Terminal, fault: Fault) -> None:
    """A command that could not be carried out."""
    if isinstance(fault, Declined | Interrupted):
        terminal.tell(fault.message)
    else:
        _tell(terminal, fault.message)
    _next(terminal, fault.next_step)


def _tell(terminal: Terminal, message: str) -> None:
    from rich.text import Text

    terminal.tell(Text.assemble(("Error: ", "error"), clean(message)))


def _next(terminal: Terminal, step: str) -> None:
    if step:
        # With a command in it it can be copied whole; other words wrap.
        terminal.tell(step[:1].upper() + step[1:], whole="dynamigrate " in step)


def _done(answer: dict[str, Any]) -> str:
    """What was done before it failed; empty where nothing was, or where the message says so."""
    message = str((answer.get("error") or {}).get("message", ""))
    parts = [
        f"{name}: {', '.join(answer[key])}"
        for key, name in (("applied", "Applied"), ("undone", "Undone"))
        if answer.get(key) and "Applied in this run" not in message
    ]
    return f"{'; '.join(parts)}." if parts else ""
