"""What the process that runs migrations gives a run: its time, its client, and who takes part in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .clock import Clock, SystemClock
from .errors import InvalidSetting, LockLost
from .history import History
from .lifecycle import Tell, tell_nobody
from .plan import Plan
from .planners import Planner
from .records import Run
from .witness import Witness

if TYPE_CHECKING:
    from .continuation import Continuation
    from .launcher import Launcher
    from .targets import HeldLock


def _nothing(*_: object) -> None:
    pass


ContinueElsewhere = Callable[["HeldLock", "Continuation"], str]


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """
    A front door's side of a run. A script needs none of it; a Lambda function gives all.

    Attributes:
        run: Who runs this, for the records; None: a new run, of nobody in particular.
        clock: What time it is, and how to wait.
        remaining: Seconds until this process must have ended; ``math.inf`` where it need not.
        reserve: Seconds that must remain for a migration to begin.
        connect: Returns the client that migrations get, whenever one asks for it: for one that is costly to make. None:
            the one that `migrate` was given, or the target's own.
        around: Makes a context manager in which each migration's function is called: it puts back what a function
            leaves behind in the process.
        witness: Sees the requests that migrations make with their client. A migration whose every request was denied is
            not left dirty. None: nobody looks.
        awaited: Is asked about a table before a migration gets its name; returns what has to be waited for, in words,
            or an empty text. Raises `NotReady` where waiting would not help. None: nobody is asked.
        before_planning: Is called once, when the lock is held and the tables are there. The planner that it returns
            plans instead of the one that the run was given; None: that one stays. It is for a planner that goes by what
            is only certain under the lock. What it raises ends the run.
        whose_time: Whose *remaining* is, in words.
        interrupted: Why the run should stop although there is time, in words: somebody at the terminal asked for it. It is
            asked wherever a run can stop. None: it should not.
        takes_up: The run was handed over by another process: its lock is taken up, and its plan is made anew from what
            is left.
        continue_elsewhere: Is called where the time is up and something is left, with the lock still held, and what
            the process that goes on needs to know. It finds that process, calls `HeldLock.hand_over`, and returns where
            the run goes on, in words. What it raises is said in the error that ends the run, as without it. None: a
            run ends with its process.
        fleets: Whether, where it goes on, several processes may work on one backfill beside each other.
        launcher: Has detached migrations begin in a run of their own each, which the run goes on without. None: they run
            as any other.
        awaits_application: Whether the run after the application's deploy notes it, so that what is required of verified
            work counts from there, also before it was noted for the first time. False: nobody will, and what was noted once
            counts no more. None: it counts where it was noted.
        limit: Seconds since the epoch by which the run has to have ended, wherever it goes on.
        before_running: Is called once, with the plan and the history that it was made from. What it raises ends the
            run, before anything has run.
        tell: Is told what happens, of whichever kind of `LifecycleEvent`; from any thread, and it raises nothing.

    Raises:
        InvalidSetting: *reserve* is no number of seconds, or a run that may go on elsewhere has no *limit*.
    """

    run: Run | None = None
    clock: Clock = field(default_factory=SystemClock)
    remaining: Callable[[], float] = lambda: math.inf
    reserve: float = 0.0
    connect: Callable[[], Any] | None = None
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    witness: Witness | None = None
    awaited: Callable[[str], str] | None = None
    whose_time: Callable[[], str] = lambda: "this function"
    interrupted: Callable[[], str | None] = lambda: None
    takes_up: bool = False
    continue_elsewhere: ContinueElsewhere | None = None
    fleets: bool = False
    launcher: Launcher | None = None
    awaits_application: bool | None = None
    limit: float = math.inf
    before_planning: Callable[[], Planner | None] = _nothing
    before_running: Callable[[Plan, History], None] = _nothing
    tell: Tell = tell_nobody

    def stop_reason(self, lock: HeldLock) -> str | None:
        """
        Why work under *lock* has to stop soon, in words; None: it need not.

        Raises:
            LockLost: The lock is no longer the run's.
        """
        if lock.lost:
            raise LockLost.through(lock.loss, "The run stopped: its lock is no longer its own.")
        if (reason := lock.stop_reason) is None:
            reason = self.interrupted()
        return self.shortage if reason is None else reason

    @property
    def shortage(self) -> str | None:
        """That too little time is left for more work, in words; None: there is enough."""
        left = self.remaining()
        if left >= self.reserve:
            return None
        return f"{max(left, 0):.0f} seconds were left of the time that {self.whose_time()} has"

    def __post_init__(self) -> None:
        if not self.reserve >= 0:
            raise InvalidSetting(f"reserve={self.reserve!r} is not possible.", next_step="Give seconds: 0 or more.")
        if self.continue_elsewhere is not None and not math.isfinite(self.limit):
            raise InvalidSetting(
                f"limit={self.limit!r} is not possible for a run that goes on elsewhere.",
                next_step="Give the time by which it has to have ended, in seconds since the epoch.",
            )
