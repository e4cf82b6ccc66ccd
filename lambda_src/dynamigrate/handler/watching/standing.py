"""Since when detached migrations have stood still, remembered from one look to the next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from ...status import RunningStatus

# Under which the line of a look's metrics has what it saw.
FIELD: Final = "standing"
# Seconds. A look comes every five minutes, and its line is read by then.
_LONGEST_GAP: Final = 1_200
_MOST_PAGES: Final = 10
# Of a migration's figures, those that grow with its work alone.
_COUNTED: Final = ("backfill", "pass", "read_units", "written")


@dataclass(frozen=True)
class Standing:
    """
    What a look saw.

    Attributes:
        seen: Of each detached migration that is at work, by its id: a mark of how far it was, and since when, in seconds
            since the epoch, it has been there.
    """

    seen: Mapping[str, tuple[str, float]]

    def after(self, running: Sequence[RunningStatus], now: float) -> Self:
        """What a look at *running* sees, after this one."""

        def since(one: RunningStatus) -> tuple[str, float]:
            mark, before = mark_of(one), self.seen.get(one.record.id)
            return (mark, before[1] if before is not None and before[0] == mark else now)

        return type(self)({one.record.id: since(one) for one in running})

    def seconds(self, migration_id: str, now: float) -> float:
        """How long it has stood still; 0: it has not, or that is not known."""
        found = self.seen.get(migration_id)
        return 0.0 if found is None else max(0.0, now - found[1])

    @property
    def text(self) -> str:
        """As `read` reads it."""
        return json.dumps({one: [mark, round(since)] for one, (mark, since) in self.seen.items()})

    @classmethod
    def read(cls, text: object) -> Self:
        """From what `text` wrote; of anything else, nothing was seen."""
        try:
            written = json.loads(str(text))
            return cls({str(one): (str(mark), float(since)) for one, (mark, since) in written.items()})
        except (ValueError, TypeError, AttributeError):
            return cls({})


def mark_of(one: RunningStatus) -> str:
    """
    What is the same as long as it has not moved.

    That is its progress and its checkpoint. One that has neither is judged by its lock: by its holder's beat, and by how
    many processes have had its run.
    """
    record, lock = one.record, one.lock
    told: list[Any] = [record.details.run_id]
    if record.progress is None and record.checkpoint is None:
        slice_number = None if lock is None or lock.continuation is None else lock.continuation.slice
        told += [None if lock is None else (lock.owner, lock.beat), slice_number]
    else:
        told += [record.progress, {name: record.figures.get(name) for name in _COUNTED}, record.checkpoint]
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()[:16]


class Remembered:
    """
    Keeps what the last look saw: in this process, and for the next one in the function's own log, as the function may
    write nothing else.

    Args:
        logs: Makes the client of CloudWatch Logs, or returns it.
        group: The function's own log; empty: not known.
    """

    def __init__(self, logs: Callable[[], Any], group: str) -> None:
        self._logs = logs
        self._group = group
        self._last: tuple[float, Standing] | None = None

    def last(self, now: float) -> Standing:
        """What the last look saw; where there was none lately, nothing."""
        if self._last is not None and now - self._last[0] < _LONGEST_GAP:
            return self._last[1]
        return Standing.read(self._from_log(now))

    def keep(self, standing: Standing, now: float) -> None:
        self._last = (now, standing)

    def _from_log(self, now: float) -> object:
        if not self._group:
            return None
        for message in reversed(self._lines(now)):
            try:
                return json.loads(message)[FIELD]
            except (ValueError, TypeError, KeyError):
                continue
        return None

    def _lines(self, now: float) -> list[str]:
        """Those of the last looks, oldest first."""
        asked: dict[str, Any] = {
            "logGroupName": self._group,
            "filterPattern": f'"{FIELD}"',
            "startTime": round((now - _LONGEST_GAP) * 1000),
        }
        lines: list[Mapping[str, Any]] = []
        # A page may be empty, and others follow it ("FilterLogEvents" in CloudWatch Logs' reference).
        for _ in range(_MOST_PAGES):
            found = self._logs().filter_log_events(**asked)
            lines += found.get("events", ())
            if not (token := found.get("nextToken")):
                break
            asked["nextToken"] = token
        return [str(line.get("message")) for line in sorted(lines, key=lambda line: line.get("timestamp", 0))]
