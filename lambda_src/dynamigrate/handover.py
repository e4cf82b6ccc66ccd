"""A run that has no more time in this process, and goes on in another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from .continuation import Continuation
from .contract import LEAST_SLICE_SECONDS
from .error_text import describe_error
from .errors import (
    HandedOver,
    LockLost,
    MigrationsError,
    NothingToTakeUp,
    RefusedByHistory,
    RunUnfinished,
    StopRequested,
)
from .fleet import Fleet, FleetWanted
from .lock_loss import LossCause, Lost
from .next_step import Command, NextStep
from .outcome import Outcome
from .recorder import RunRecorder, recorded_run
from .records import Run, RunResult
from .requirements import CantGoOn
from .run_state import RunState
from .runtime import ContinueElsewhere, Runtime

if TYPE_CHECKING:
    from .targets import HeldLock, Target

# In a row. A process that had to wait for the lock may have had no time for more.
_MOST_IDLE: Final = 2
_MOST_DEATHS: Final = 3
# What a front door needs to answer whoever waits for the run, beside the reserve. It takes a fraction of a second; this
# leaves room for sending it again.
ANSWER_SECONDS: Final = 10.0


class Handover:
    """
    One run's side of it: what was before this process, and who goes on after it.

    Attributes:
        began: When the run began, here or elsewhere, in seconds since the epoch.
        before: What it did before this process; None: it began here.
    """

    def __init__(self, target: Target, lock: HeldLock, runtime: Runtime, run: Run) -> None:
        self._target = target
        self._lock = lock
        self._runtime = runtime
        self._run = run
        # A target of the user's own may be older than this.
        self.before: Continuation | None = getattr(lock, "continuation", None)
        self.began = runtime.clock.time() if self.before is None else self.before.began

    def require_open(self) -> None:
        """
        Raises:
            NothingToTakeUp: The process that died had already finished the run, but could not release the lock.
        """
        if self.before is not None and self.before.deaths and _is_recorded(self._target, self._run.id):
            raise NothingToTakeUp(f"The run {self._run.id} is over: the history has its end.", busy=False)

    @contextmanager
    def planning(self, recorder: RunRecorder) -> Iterator[None]:
        """
        Around the planning. What it raises ends the run, and that is recorded where the history does not allow the
        plan, or the run did something before this process.

        Raises:
            HandedOver: Another process has taken the run up, as this one looked dead.
        """
        try:
            yield
        except BaseException as error:
            before = self.before
            if before is None:
                if isinstance(error, RefusedByHistory):
                    recorder.record(RunResult.REFUSED, note=str(error), error=error)
                raise
            if isinstance(error, Exception) and self._has_gone_on():
                done = Outcome(applied=before.applied, undone=before.undone, run_id=self._run.id)
                raise _gone_on(done) from error
            # A process that died at it may have applied more than it could hand on.
            with suppress(Exception):
                before = before.completed(self._target.records())
            idle = isinstance(error, RefusedByHistory) and not (before.applied or before.undone)
            note = str(error) if isinstance(error, MigrationsError) else describe_error(error)
            ended = RunResult.UNFINISHED if isinstance(error, CantGoOn) else RunResult.FAILED
            result = RunResult.REFUSED if idle else ended
            recorder.record(result, applied=before.applied, undone=before.undone, note=note, error=error)
            raise

    @contextmanager
    def passing_on(self, run_state: RunState, out_of_time: Callable[[], bool]) -> Iterator[None]:
        """
        Around what is run. Where there is no time for all of it, another process goes on, if there is one.

        Raises:
            HandedOver: It does; or it has taken the run up already, as this one looked dead.
            RunUnfinished, LockLost: As it is, or with the reason why nobody goes on.
        """
        try:
            self._check(run_state)
            try:
                yield
            except RunUnfinished as unfinished:
                elsewhere, cause = self._runtime.continue_elsewhere, unfinished.__cause__
                fleet = cause.fleet if isinstance(cause, FleetWanted) else None
                if elsewhere is None or (fleet is None and not out_of_time()):
                    raise
                raise self._pass_on(elsewhere, unfinished, run_state, fleet) from unfinished
        except Exception as error:
            if not self._has_gone_on():
                raise
            raise _gone_on(run_state.outcome()) from error

    def _has_gone_on(self) -> bool:
        """Whether the lock was lost to another process of this very run, which may have come to the run's end since."""
        if self.before is None:
            return False
        # A lease that is over does not say whether somebody took the run up. It may be recorded here only if nobody did.
        self._lock.find_out()
        loss = self._lock.loss
        return loss is not None and has_gone_on(loss, self._target, self._run.id)

    def _check(self, run_state: RunState) -> None:
        """
        Raises:
            RunUnfinished: One process after the other died at it, so this one would too.
        """
        deaths = 0 if self.before is None else self.before.deaths
        if deaths >= _MOST_DEATHS:
            raise RunUnfinished(
                f"The run was given up: {deaths} processes in a row died while running it; the function's log says of what.",
                next_step=NextStep(
                    "Correct that; then deploy again, or invoke ",
                    Command("migrate"),
                    ", and it goes on from its checkpoint.",
                ),
                outcome=run_state.outcome(),
            )

    def _pass_on(
        self,
        continue_elsewhere: ContinueElsewhere,
        unfinished: RunUnfinished,
        run_state: RunState,
        fleet: Fleet | None,
    ) -> RunUnfinished:
        """
        Have another process go on, where there is one.

        Returns:
            The error to raise: `HandedOver`, or *unfinished* with the reason why nobody goes on.

        Raises:
            LockLost: The lock is no longer ours.
        """
        continuation = self._continuation(run_state, fleet)
        if (why := self._why_not(continuation)) is None:
            try:
                where = continue_elsewhere(self._lock, continuation)
            except LockLost:
                raise
            except StopRequested as stop:
                why = stop.message
            except Exception as error:  # noqa: BLE001 - it is said in the error that ends the run
                why = error.message if isinstance(error, MigrationsError) else f"{describe_error(error)}."
            else:
                return HandedOver(f"The run goes on in {where}.", outcome=unfinished.outcome)
        return RunUnfinished(
            f"{unfinished.message} It does not go on by itself: {why}",
            next_step=unfinished.next_step,
            outcome=unfinished.outcome,
            migration_id=unfinished.migration_id,
        )

    def _continuation(self, run_state: RunState, fleet: Fleet | None) -> Continuation:
        outcome, before = run_state.outcome(), self.before
        return Continuation(
            run=self._run,
            began=self.began,
            ends=self._runtime.limit,
            slice=1 if before is None else before.slice,
            idle=0 if run_state.worked else 1 + (0 if before is None else before.idle),
            deaths=0 if before is None or run_state.worked else before.deaths,
            applied=outcome.applied,
            undone=outcome.undone,
            fleet=fleet,
            notes={} if before is None else before.notes,
        )

    def _why_not(self, continuation: Continuation) -> str | None:
        # First: with little of it left, processes find nothing to begin either.
        least = max(LEAST_SLICE_SECONDS, self._runtime.reserve + ANSWER_SECONDS)
        if self._runtime.limit - self._runtime.clock.time() < least:
            return "the time that a run may take in all is up (run_limit=)."
        if continuation.idle > _MOST_IDLE:
            return (
                f"{continuation.idle} processes, one after the other, had no time to begin anything. Give the function "
                "more (timeout=)."
            )
        return None


def has_gone_on(loss: Lost, target: Target, run_id: str) -> bool:
    """Whether the lock of that run was lost to another process of it, which may have come to the run's end since."""
    return loss.goes_on or (loss.cause in (LossCause.FREED, LossCause.TAKEN) and _is_recorded(target, run_id))


def _is_recorded(target: Target, run_id: str) -> bool:
    """Whether the history has the run, as far as that can be read: it has come to its end."""
    try:
        return recorded_run(target, run_id) is not None
    except Exception:  # noqa: BLE001 - a target may raise anything; the history takes one end of a run, and rather two tries than none
        return False


def _gone_on(outcome: Outcome) -> HandedOver:
    sentence = "Another process took the run up, as this one looked dead: it ends there, or has ended."
    return HandedOver(sentence, outcome=outcome)
