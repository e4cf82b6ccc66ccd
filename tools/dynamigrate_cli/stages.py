"""Several stacks of one app, as its stages: each asked how it stands, all at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .faults import Fault, Unreachable
from .places import Answer
from .session import Session

# Seconds for all of them together: one that hangs must not keep the others from being shown.
_PATIENCE: Final = 60.0
# What the threads are called that ask.
THREAD: Final = "stage"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """
    How one stage stands.

    Attributes:
        session: Of that stage alone: its place, and its wording of commands.
        status: What its function answered, with its newest run as ``last_run`` where it has one; of one that could not be
            asked, why, in the shape of an answer that failed.
    """

    name: str
    session: Session
    status: Answer

    @property
    def is_known(self) -> bool:
        """Whether it said how it stands."""
        return bool(self.status.get("ok"))


def ask_stages(session: Session) -> list[Stage]:
    """The stacks of *session*, in the order in which they were given."""
    stacks = session.settings.stacks
    sessions = [Session(session.settings.at(one), session.terminal) for one in stacks]
    # Loaded once, rather than by threads that wait for each other.
    import boto3  # noqa: F401

    answers = _all_at_once(sessions)
    return [
        Stage(name=stack.label, session=own, status=answer)
        for stack, own, answer in zip(stacks, sessions, answers, strict=True)
    ]


def _all_at_once(sessions: Sequence[Session]) -> list[Answer]:
    found: list[Answer | BaseException] = [dict(_silent().answer()) for _ in sessions]

    def ask(number: int) -> None:
        try:
            found[number] = _asked(sessions[number])
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            found[number] = error

    # Whoever presses Ctrl-C does not wait for the slowest of them.
    threads = [
        threading.Thread(target=ask, args=(number,), daemon=True, name=f"{THREAD} {number}")
        for number in range(len(sessions))
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    answers = []
    for one in [*found]:
        if isinstance(one, BaseException):
            raise one
        answers.append(one)
    return answers


def _silent() -> Fault:
    return Unreachable(
        f"It did not answer within {_PATIENCE:g} s.",
        "Ask it alone to see why: `dynamigrate status --stack NAME`.",
        kind="NoAnswer",
    )


def _asked(session: Session) -> Answer:
    try:
        place = session.place
        status = place.ask({"action": "status"})
        if not status.get("ok"):
            return status
        runs = place.ask({"action": "history", "n": 1}).get("runs", ())
    except Fault as fault:
        return fault.said or dict(fault.answer())
    migrations: Any = status.pop("migrations", [])
    # The list is long, and stays last.
    return {**status, **({"last_run": runs[0]} if runs else {}), "migrations": migrations}
