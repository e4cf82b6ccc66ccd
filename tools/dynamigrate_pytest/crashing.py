"""Killed at any of its requests, and run again, it comes to the same end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dynamigrate import MigrationsError

from .finding import Finding
from .repeating import cause
from .requests import Request
from .snapshot import Snapshot, differences
from .traffic import Death
from .trial import Direction, Trial

_ADVICE = (
    "Whatever was done before the kill is done, and nothing after it: have each write stand by itself and be recognized when it "
    "is done already, or put those that belong together into one transaction."
)


def moments(requests: Sequence[Request]) -> Iterator[tuple[Request, Death]]:
    """
    When a process can be killed so that it makes a difference: before its first request, after each that writes, and before
    each that came after a checkpoint. Killed at a read, it leaves what it left at the write before it.
    """
    seen = set()
    writes = 0
    for request in requests:
        if (writes, request.saves) not in seen:
            seen.add((writes, request.saves))
            yield request, Death(request.number, answered=False)
        if request.writes:
            writes += 1
            seen.add((writes, request.saves))
            yield request, Death(request.number, answered=True)


def crash_judge(direction: Direction) -> Callable[[Trial, Snapshot], Finding | None]:
    """What is wrong once it is killed while it is done, or undone, and run again."""

    def not_surviving(trial: Trial, start: Snapshot) -> Finding | None:
        database = trial.database

        def begin() -> object:
            """The data as it is when the run begins that is to be killed, and the history."""
            database.put_back(start)
            target = trial.new_target()
            if direction == "undo":
                trial.run(target)
            return target

        requests = trial.run(begin(), direction)
        clean = database.take()
        for request, death in moments(requests):
            target = begin()
            if not trial.killed(target, direction, death):
                continue
            when = "after" if death.answered else "before"
            asked = ", before its answer came" if death.answered else ""
            at = f"right {when} {request} of {len(requests)}{asked}"
            left = database.take()
            try:
                trial.recover(target, direction)
            except MigrationsError as error:
                what = f"killed {at}, and run again, it fails."
                details = [cause(error)]
                return Finding(kind=f"{direction} dead", what=what, details=details, advice=_ADVICE)
            changed = list(differences(clean, database.take(), ("should be", "is")))
            if changed:
                what = f"killed {at}, and run again, it does not come to the same end."
                before = list(differences(clean, left, ("should be", "was")))
                details = [*changed, *(["When it was killed:", *before] if before else [])]
                return Finding(kind=f"{direction} crash", what=what, details=details, advice=_ADVICE)
        return None

    return not_surviving
