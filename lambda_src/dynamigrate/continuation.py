"""What a run that goes on in another process needs to know of what was before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, Self

from .contract.names import id_key
from .fleet import Fleet
from .records import Record, Run

# A note that others read: the Lambda request for which the run began, as long as its end is to be answered.
REQUEST_ID: Final = "request_id"
# Where it goes on: the execution of a state machine.
EXECUTION: Final = "execution"


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """
    How far a run got that goes on in another process. The lock has it, until the run is over.

    Attributes:
        began: When the run began, in seconds since the epoch.
        ends: When it has to have ended, in seconds since the epoch.
        slice: How many processes have had it, the one that has it now among them.
        idle: How many of these, the last ones, found no time to begin anything.
        deaths: How many of these, the last ones, died at it.
        applied: Ids that it has applied, in order.
        undone: Ids that it has undone, in order.
        fleet: The fleet that is to go on with one of its migrations, or did so last; None: one process goes on.
        notes: What the front door that handed it over keeps for itself.
    """

    run: Run
    began: float
    ends: float
    slice: int = 1
    idle: int = 0
    deaths: int = 0
    applied: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    fleet: Fleet | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def taken_up(self, *, after_death: bool) -> Self:
        """The same, for the process that takes it up."""
        return replace(self, slice=self.slice + 1, deaths=self.deaths + 1 if after_death else self.deaths)

    def completed(self, records: Sequence[Record]) -> Self:
        """The same, with what of *records* processes had applied that died before they could hand that on."""
        known = {id_key(one) for one in self.applied}
        found = [
            record
            for record in records
            if record.details.run_id == self.run.id and not record.dirty and record.key not in known
        ]
        found.sort(key=lambda record: (record.finished_at or "", record.key))
        return replace(self, applied=(*self.applied, *(record.id for record in found)))

    @property
    def of_request(self) -> str:
        """The Lambda request whose event is answered at the run's end; empty: nobody waits for an answer."""
        return self.notes.get(REQUEST_ID, "")

    @property
    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """
        From what `text` wrote; None: something else wrote it.

        Code of another version may have written more, as a run goes on with whatever code is deployed.
        """
        try:
            written: dict[str, Any] = json.loads(text)
            kept = {one.name: written[one.name] for one in fields(cls) if one.name in written}
            lists: dict[str, Any] = {name: tuple(kept.pop(name)) for name in ("applied", "undone")}
            run = {one.name: kept["run"][one.name] for one in fields(Run) if one.name in kept["run"]}
            fleet = Fleet.read(kept.pop("fleet", None))
            return cls(**{**kept, **lists, "run": Run(**run), "fleet": fleet})
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
