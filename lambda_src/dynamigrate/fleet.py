"""A fleet: several processes that work on the parts of one migration, beside each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Self

from .contract.names import IdKey, id_key
from .error_text import printable
from .errors import MigrationsError, StopRequested
from .records import Failure

# Characters of each text of a failure.
_LONGEST: Final = 8_000
# Who has said nothing for so long is not at work: its process has died, or ended, and the next one was not called yet.
_SILENT_SECONDS: Final = 30.0
# Fleets in a row that did nothing: their workers can't be called, or die at once.
MOST_IDLE: Final = 3


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """
    The fleet that a run is handed over to.

    Attributes:
        migration: The migration's id, as it is recorded.
        workers: How many processes work on it at most.
        parts: In how many parts it is done; they are numbered from 0.
        began: When it began, in seconds since the epoch.
        figures: What was counted before it, by name; its workers add to that.
        total: How many items there are, about.
        idle: How many fleets before this one, in a row, did nothing.
        alarms: The names of the alarms that its workers wait for.
        alarms_seen: What was seen of these before it, as `Sighting.text` has it.
    """

    migration: str
    workers: int
    parts: int
    began: float
    figures: Mapping[str, float] = field(default_factory=dict)
    total: float = 0
    idle: int = 0
    alarms: Sequence[str] = ()
    alarms_seen: str = ""

    @classmethod
    def read(cls, written: Any) -> Self | None:
        """
        From a fleet as JSON has it; code of another version may have written more.

        Raises:
            TypeError: It has too little.
        """
        if written is None:
            return None
        return cls(**{one.name: written[one.name] for one in fields(cls) if one.name in written})


@dataclass(frozen=True, kw_only=True)
class WorkerFailure:
    """
    What a worker failed of.

    Attributes:
        told: What happened, in words.
        next_step: What to do about it, if the error said so.
    """

    failure: Failure
    told: str
    next_step: str = ""

    @property
    def text(self) -> str:
        """As it is kept, cut to what the lock's item has room for."""
        failure = {name: printable(text, _LONGEST) for name, text in asdict(self.failure).items()}
        told, next_step = printable(self.told, _LONGEST), printable(self.next_step, _LONGEST)
        return json.dumps({"failure": failure, "told": told, "next_step": next_step})

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From what `text` wrote; None: something else wrote it."""
        try:
            written = json.loads(text)
            return cls(
                failure=Failure(**{one.name: str(written["failure"][one.name]) for one in fields(Failure)}),
                told=str(written["told"]),
                next_step=str(written["next_step"]),
            )
        except (ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True, kw_only=True)
class FleetStatus:
    """
    What a fleet says of itself, with the lock of its run.

    Attributes:
        workers: What each worker that is at work said last, by number.
        figures: What all of them, and those before them, have counted.
        width: How many may work, as somebody asked for; None: all.
        failure: What the first one failed of that did; None: none failed.
    """

    workers: Mapping[int, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    width: int | None = None
    failure: WorkerFailure | None = None

    def at_work(self, now: float) -> int:
        """How many workers have said something lately, as of the time *now*, in seconds since the epoch."""
        return sum(now - said_at(word, now) <= _SILENT_SECONDS for word in self.workers.values())

    def progress(self, fleet: Fleet, now: float) -> tuple[tuple[float, float], dict[str, float]]:
        """How far *fleet* is at the time *now*, in seconds since the epoch: done and total, and further figures."""
        done, before = self.figures.get("scanned", 0), fleet.figures.get("scanned", 0)
        total, seconds = max(fleet.total, done), now - fleet.began
        figures = {**self.figures, "workers": self.at_work(now)}
        if total:
            figures["percent"] = round(100 * done / total, 1)
        if seconds > 0 and done > before:
            speed = (done - before) / seconds
            figures |= {"per_second": round(speed, 1), "seconds_left": round((total - done) / speed)}
        return (done, total), figures

    def waits_for(self, fleet: Fleet, now: float) -> str:
        """What *fleet* waits for at the time *now*, in words; empty: for nothing."""
        # Here, because only who looks at a fleet needs it.
        from .alarms import KNOWN_SECONDS, Sighting, waits_for

        seen = Sighting.newest(self.workers.values())
        if seen is None or seen.alarm is None or seen.alarm >= len(fleet.alarms) or now - seen.at > KNOWN_SECONDS:
            return ""
        return waits_for(fleet.alarms[seen.alarm])


def said_at(word: str, now: float) -> float:
    """The time that *word* of a worker's begins with, in seconds since the epoch; *now*, where it begins with none."""
    moment, _, rest = word.partition(" ")
    try:
        return float(moment) if rest else now
    except ValueError:
        return now


class WorkerEnd(StrEnum):
    """Why a worker ended."""

    # Its process has no more time: the next one goes on.
    OUT_OF_TIME = "out of time"
    # Fewer workers are to be at work; it may be needed later.
    PARKED = "parked"
    # Another call of it is at work.
    SUPERSEDED = "superseded"
    # Nothing is left for it, or the fleet has to stop.
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Part:
    """
    One part of a migration, as it is kept.

    Attributes:
        cursor: How far it got, as `Checkpoint.save_segments` was given it; None: it has not begun.
        text: The same, as it is kept.
        owner: Whose it is; None: nobody's.
    """

    cursor: Any = None
    text: str | None = None
    owner: str | None = None


@dataclass(frozen=True, kw_only=True)
class FleetOffer:
    """
    That a migration may go on in a fleet.

    Attributes:
        function: The migration's function: its workers call that one, in other processes.
        record_id: The migration's id, as it is recorded.
        before: The fleet that the run was taken up from; None: from none.
        ended: What that one said of itself at its end.
    """

    function: object
    record_id: str
    before: Fleet | None = None
    ended: FleetStatus | None = None

    @classmethod
    def of(
        cls, key: IdKey, record_id: str, function: object, *, before: Fleet | None, ended: FleetStatus | None
    ) -> Self:
        """For the migration of that *key*; *before* may have been another one's."""
        if before is None or id_key(before.migration) != key:
            return cls(function=function, record_id=record_id)
        return cls(function=function, record_id=record_id, before=before, ended=ended)


class FleetWanted(StopRequested):
    """
    The migration goes on in a fleet, once its run is handed over.

    Attributes:
        fleet: That fleet.
    """

    def __init__(self, message: str, *, fleet: Fleet, migration_id: str) -> None:
        super().__init__(message, migration_id=migration_id)
        self.fleet = fleet


class WorkerFailed(MigrationsError):
    """
    A worker of the fleet failed.

    Attributes:
        failure: What of, and where.
    """

    def __init__(self, failed: WorkerFailure, *, migration_id: str) -> None:
        super().__init__(failed.told, next_step=failed.next_step, migration_id=migration_id)
        self.failure = failed.failure
