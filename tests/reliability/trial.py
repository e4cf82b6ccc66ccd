"""One fault in one place, and the way back with nothing but the normal commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from dynamigrate import (
    Context,
    DirtyMigration,
    DynamoDBTarget,
    LockHeld,
    MemorySource,
    MigratePlanner,
    Migration,
    MigrationFailed,
    RewindPlanner,
    StateMissing,
    migrate,
    repair,
)
from dynamigrate.planners import Planner
from dynamigrate.records import Record
from dynamigrate.runtime import Runtime
from tests.unit.fakes import FakeClock

from .faulty_transport import FaultyTransport
from .journal import Journal, Truth

LEASE: Final = 20.0
SKEW: Final = 5.0
IDS: Final = ("1", "2", "3", "4", "5")
# How often somebody tries again before giving up on it.
TRIES: Final = 8

PLANNERS: Final[dict[str, Callable[[], Planner]]] = {"up": MigratePlanner, "down": RewindPlanner}
GOALS: Final = {"up": IDS, "down": ()}


class Tables(NamedTuple):
    """The names of the tables that a trial uses."""

    state: str = "walk"
    lock: str = "walk-lock"
    application: str = "walk-application"


def source(journal: Journal, tables: Tables, *, fails_at_first: str | None = None) -> MemorySource:
    """
    Five migrations that note in *journal* what they did.

    The second writes to a table of the application under the lock's condition, the third has checkpoints, the fourth
    tells its progress.
    """

    def noted(word: str, one: str, work: Callable[[Context], object]) -> Callable[[Context], object]:
        def function(ctx: Context) -> None:
            again = (word, one) in {line[1:] for line in journal.lines() if line[0] == "began"}
            journal.note("resumed" if ctx.checkpoint.load() is not None else "began", word, one)
            if word == "do" and one == fails_at_first and not again:
                raise ValueError("the table is not as expected")
            work(ctx)
            journal.note("finished", word, one)

        return function

    def nothing(ctx: Context) -> None:
        pass

    def write(ctx: Context) -> None:
        key = {"ID": {"S": "settings"}}
        put: Any = {"Put": {"TableName": tables.application, "Item": {**key, "Version": {"S": ctx.migration.id}}}}
        ctx.dynamodb.transact_write_items(TransactItems=[put, ctx.lock_condition()])

    def pieces(ctx: Context) -> None:
        for piece in range(ctx.checkpoint.load() or 0, 2):
            ctx.checkpoint.save(piece + 1)

    def progress(ctx: Context) -> None:
        ctx.progress(1, 1)

    work = {"1": nothing, "2": write, "3": pieces, "4": progress, "5": nothing}
    migrations = MemorySource()
    for one in IDS:
        undo = noted("undo", one, nothing)
        migrations.add(Migration(one, "change things", do=noted("do", one, work[one]), undo=undo))
    return migrations


@dataclass
class Figures:
    """
    What trials came to.

    Attributes:
        runs: Commands given.
        requests: Requests of those that the faults were meant for.
        waits: How often a dead holder's lock had to be waited for until its deadline.
    """

    trials: int = 0
    struck: int = 0
    runs: int = 0
    requests: int = 0
    repairs: int = 0
    waits: int = 0
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Trial:
    """
    Somebody who gives commands until the goal is reached, while *transport* has a fault.

    Args:
        client: What the commands use; it is the one that *transport* was put on.
        observer: A client on which nothing goes wrong.
        passing: The fault is one that the engine must get over, so that no command fails.
        after_death: Somebody was killed before, who may have left the lock.
    """

    def __init__(
        self,
        client: Any,
        transport: FaultyTransport,
        observer: Any,
        journal: Journal,
        *,
        tables: Tables,
        fails_at_first: str | None = None,
        passing: bool = False,
        after_death: bool = False,
    ) -> None:
        self.figures = Figures(trials=1)
        self._client = client
        self._transport = transport
        self._clock = FakeClock()
        self._journal = journal
        self._tables = tables
        self._source = source(journal, tables, fails_at_first=fails_at_first)
        self._observer = DynamoDBTarget(
            observer, table_name=tables.state, lock_table_name=tables.lock, clock=self._clock
        )
        # Whose own request may have failed, and who is meant to fail.
        self._may_fail = {"2", fails_at_first} if passing else None
        self._after_death = after_death

    @property
    def goal(self) -> str | None:
        """What somebody was trying to reach last."""
        goals = [line[1] for line in self._journal.lines() if line[0] == "goal"]
        return goals[-1] if goals else None

    def reach(self, goal: str) -> None:
        """Give commands until *goal* is reached; what should not have been on the way is in the figures."""
        self._settle()
        self._journal.note("goal", goal)
        for _ in range(TRIES):
            error = self._command(goal)
            self._transport.mend()
            self._look()
            if error is None:
                reached = self._observer.done()
                if reached != GOALS[goal]:
                    self._violation(f"{goal} succeeded, and {reached} are applied")
                return
            self._react(error)
        self._violation(f"{goal} was not reached in {TRIES} tries")

    def check_end(self) -> None:
        """Once all goals are reached a lock may be left by a release that failed, and no longer than its deadline."""
        if self._observer.lock_status() is None:
            return
        self.figures.waits += 1
        self._clock.turn(LEASE + SKEW + 1)
        with self._observer.lock():
            pass
        if self._observer.lock_status() is not None:
            self._violation("the lock is left past its deadline")

    def _command(self, goal: str) -> BaseException | None:
        self.figures.runs += 1
        try:
            migrate(self._source, self._target(), planner=PLANNERS[goal](), runtime=Runtime(clock=self._clock))
        except BaseException as error:
            self._note_error(error)
            return error
        return None

    def _react(self, error: BaseException) -> None:
        """What a person does about *error*, who reads what it says."""
        match error:
            case LockHeld():
                # The message says until when.
                self.figures.waits += 1
                self._clock.turn(LEASE + SKEW + 1)
            case DirtyMigration():
                self._repair(error)

    def _repair(self, error: DirtyMigration) -> None:
        one = str(error.migration_id)
        record = next(record for record in self._records() if record.id == one)
        self._check_advice(error, record)
        decision = Truth.read(self._journal.lines()).repair(record)
        self._journal.note("repairing", one, decision)
        self.figures.runs += 1
        self.figures.repairs += 1
        try:
            repair(self._target(), one, decision, clock=self._clock)
        except BaseException as raised:
            self._note_error(raised)
            if isinstance(raised, LockHeld):
                self._react(raised)
        self._transport.mend()
        self._look()

    def _check_advice(self, error: DirtyMigration, record: Record) -> None:
        text = str(error)
        why = str(record.failure) if record.failure else "did not finish"
        wanted = [f"{record.id}_change_things", why, '"action": "repair"', f'"migration": "{record.id}"']
        for words in wanted:
            if words not in text:
                self._violation(f"the message about a dirty migration does not say {words!r}: {text}")

    def _note_error(self, error: BaseException) -> None:
        if self._may_fail is None:
            return
        one = getattr(error, "migration_id", None)
        if not isinstance(error, (MigrationFailed, DirtyMigration)) or one not in self._may_fail:
            self._violation(f"a passing fault made a run fail: {type(error).__name__}: {error}")

    def _look(self) -> None:
        """What must be so after every command, whatever came of it."""
        self._settle()
        truth = Truth.read(self._journal.lines())
        for violation in [*truth.violations, *truth.lies(self._records())]:
            self._violation(violation)
        status = self._status()
        if status is None:
            return
        if self._after_death:
            # The dead one's clock may have been ahead.
            return
        if "DeleteItem" not in self._transport.struck:
            self._violation("a command came to its end and left the lock behind")
        if status.deadline_ms / 1000 > self._clock.time() + LEASE:
            self._violation("the lock's deadline is more than a lease away")

    def _settle(self) -> None:
        """A repair counts from the moment that the mark is gone, even if whoever gave the command did not live to see it."""
        lines = self._journal.lines()
        if not lines or lines[-1][0] != "repairing":
            return
        _, one, decision = lines[-1]
        if one not in {record.id for record in self._records() if record.dirty}:
            self._journal.note("repaired", one, decision)

    def _records(self) -> Sequence[Record]:
        try:
            return self._observer.records()
        except StateMissing:
            return ()

    def _status(self) -> Any:
        try:
            return self._observer.lock_status()
        except StateMissing:
            return None

    def _target(self) -> DynamoDBTarget:
        return DynamoDBTarget(
            self._client,
            table_name=self._tables.state,
            lock_table_name=self._tables.lock,
            lease=LEASE,
            skew=SKEW,
            clock=self._clock,
        )

    def _violation(self, text: str) -> None:
        self.figures.violations.append(text)
