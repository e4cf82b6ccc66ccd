"""What a target keeps: of each migration, and of each run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .contract.choices import Phase
from .contract.names import IdKey, id_key
from .plan import Direction

if TYPE_CHECKING:
    from .migration import Migration
    from .restore_point import RestorePoint
    from .verification import Verification


@dataclass(frozen=True, kw_only=True)
class Failure:
    """
    Why a migration is dirty.

    Attributes:
        where: File and line, or empty.
    """

    type: str
    message: str
    where: str = ""

    def __str__(self) -> str:
        what = f"{self.type}: {self.message}" if self.message else self.type
        return f"{what}, {self.where}" if self.where else what

    def described(self) -> str:
        """The failure for the end of a sentence: the message as it is, then where."""
        what = f"{self.type}: {self.message}" if self.message else self.type
        return f"{what} ({self.where})" if self.where else what


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is noted about a migration when it begins; all of it optional, *phase* too, where it is ``before``."""

    description: str | None = None
    checksum: str | None = None
    run_id: str | None = None
    actor: str | None = None
    app_version: str | None = None
    phase: Phase | None = None
    restore_point: RestorePoint | None = None

    @classmethod
    def of(cls, migration: Migration, run: Run, restore_point: RestorePoint | None = None) -> Details:
        """What is noted of *migration* where *run* begins it."""
        return cls(
            description=migration.description or None,
            checksum=migration.checksum,
            run_id=run.id,
            actor=run.actor or None,
            app_version=run.app_version or None,
            phase="after" if migration.phase == "after" else None,
            restore_point=restore_point,
        )


NO_DETAILS: Final = Details()
NO_FIGURES: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Record:
    """
    A migration as the target has it.

    Attributes:
        dirty: It began and did not finish.
        action: Whether its do or its undo began last.
        started_at: ISO 8601, UTC; so is ``finished_at``.
        checkpoint: How far it got, as `Checkpoint.save` was given it; None: no checkpoint.
        progress: Done and total.
        figures: What else `Context.progress` was given.
        detached: The id of the run of its own in which it goes on, while the deploys go on without it; None: it has none.
        running: That run is at work, or about to be. It is dirty as long, and no run but its own may touch it.
        waits_for: What it waited for when that was told, in words; empty: for nothing.
        verified: What was found when the data was looked at last; None: it never was.
        clean_since: Since when nothing of it is left to be done, as found while the application that is deployed was;
            ISO 8601, UTC; None: that was not found yet, or not any more.
        cost: What doing it was estimated to cost, and what it came to; empty: nobody asked.
    """

    id: str
    dirty: bool
    details: Details = NO_DETAILS
    action: Direction = Direction.DO
    started_at: str | None = None
    finished_at: str | None = None
    duration_ms: int | None = None
    failure: Failure | None = None
    checkpoint: Any = None
    progress: tuple[float, float] | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    detached: str | None = None
    running: bool = False
    waits_for: str = ""
    verified: Verification | None = None
    clean_since: str | None = None
    cost: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> IdKey:
        return id_key(self.id)

    @property
    def resumable(self) -> bool:
        """Dirty, and able to go on where it stopped, or to begin, as its own run never did."""
        never_begun = self.detached is not None and self.detached != self.details.run_id
        return self.dirty and (self.checkpoint is not None or never_begun)

    @property
    def phase(self) -> Phase:
        return self.details.phase or "before"

    @property
    def left_dirty(self) -> bool:
        """Dirty, and no run of its own is at work on it."""
        return self.dirty and not self.running

    def name(self, migration: Migration | None = None) -> str:
        """The id and the description, as in a file's name."""
        if migration is not None:
            return str(migration)
        return "_".join([self.id, *(self.details.description or "").split()])


@dataclass(frozen=True, kw_only=True)
class Run:
    """
    Who runs what, and on whose behalf.

    Attributes:
        id: The run's id, which is in every record and log line of it.
        actor: Who asked for it, in words.
        command: ``migrate``, ``repair`` and so on.
    """

    id: str
    actor: str = ""
    deploy_id: str = ""
    app_version: str = ""
    command: str = "migrate"


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """
    A deploy that got as far as a plan for its run.

    Attributes:
        function_version: The ARN of the function version that has its code.
        run_id: The id of its run, in the record of every migration that it applied; empty: not known.
        request_id: The id of the request that it came by, the same when that is delivered again; empty: not known.
    """

    deploy_id: str
    function_version: str
    run_id: str = ""
    request_id: str = ""

    def is_the_same(self, other: Deploy) -> bool:
        """Whether both are one deploy. Several may be given the same id, but not with the same version."""
        return (self.deploy_id, self.function_version) == (other.deploy_id, other.function_version)


@dataclass(frozen=True, kw_only=True)
class Application:
    """
    The application that is deployed, as the run after its deploy noted it.

    Attributes:
        at: When that was, ISO 8601, UTC.
    """

    deploy_id: str
    app_version: str
    at: str


class RunResult(StrEnum):
    """How a run ended, as the history has it."""

    # All of its plan was carried out.
    SUCCEEDED = "succeeded"
    # A migration failed, or the run itself did; what was finished before that stands.
    FAILED = "failed"
    # It stopped between two migrations or at a checkpoint; another run goes on.
    UNFINISHED = "unfinished"
    # The history did not allow its plan, and nothing was run.
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """
    A run that changed something or failed, as the history has it.

    Attributes:
        result: A `RunResult`; another text where code of another version wrote it.
        note: What a person should know: the error, or what was repaired.
        restore_point: The moment before its first write; None: none was looked for.
    """

    run: Run
    started_at: str
    seconds: float
    result: str
    applied: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    failed: str | None = None
    note: str = ""
    restore_point: RestorePoint | None = None

    def is_of(self, other: RunRecord) -> bool:
        """Whether both tell of one run. An id that somebody gives may come again, but not with the same beginning."""
        return (self.run, self.started_at) == (other.run, other.started_at)

    def replaces(self, other: RunRecord) -> bool:
        """
        Whether the history keeps this one of the two, if *other*, of the same run, is there already.

        The first stands. Only success takes its place: whoever came to the end of the plan held the lock to the last, and a
        process that had lost it may have told of its failure before that.
        """
        return self.result == RunResult.SUCCEEDED != other.result
