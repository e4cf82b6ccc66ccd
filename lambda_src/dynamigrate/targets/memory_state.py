"""What a `MemoryTarget` keeps, which all that share it see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..contract.choices import Phase
from ..contract.names import IdKey
from ..errors import StateMissing
from ..records import Application, Deploy, Record, RunRecord

if TYPE_CHECKING:
    from .memory_lock import MemoryLocks


@dataclass
class MemoryState:
    """
    All but the lock that one of them holds.

    Attributes:
        records: None: it was destroyed.
        began: When each began, on the monotonic clock.
        locks: Of detached migrations, each with a run of its own.
    """

    records: dict[IdKey, Record] | None = field(default_factory=dict)
    runs: list[RunRecord] = field(default_factory=list)
    began: dict[IdKey, float] = field(default_factory=dict)
    segments: dict[IdKey, dict[int, Any]] = field(default_factory=dict)
    deploys: dict[Phase, Deploy] = field(default_factory=dict)
    cursors: dict[IdKey, dict[int, Any]] = field(default_factory=dict)
    application: Application | None = None
    locks: dict[IdKey, MemoryLocks] = field(default_factory=dict)

    @property
    def known(self) -> dict[IdKey, Record]:
        """
        Raises:
            StateMissing: It was destroyed.
        """
        if self.records is None:
            raise StateMissing("The state was destroyed.", next_step="Call create() first.")
        return self.records

    def destroy(self) -> None:
        self.records, self.runs, self.began, self.segments, self.deploys = None, [], {}, {}, {}
        self.cursors, self.application = {}, None
        for locks in self.locks.values():
            locks.free()
