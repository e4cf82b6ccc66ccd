"""One action of a plan, in a dry run."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from ..callables import has_method
from ..errors import MigrationsError, StopRequested
from ..lookahead import look_ahead
from ..migration_function import call, failure_of, function_of
from ..plan import Action, Direction
from ..read_only import WriteRefused
from ..records import Details, Failure, Run
from ..targets.memory import MemoryTarget
from .dry_context import DryContext
from .ended import Ended
from .function_run import FunctionRun
from .interception import Interception

if TYPE_CHECKING:
    from ..context import Environment
    from ..migration import MigrationFunction

_ENGINE: Final = PurePath(__file__).parents[1]
_ASYNCHRONOUS: Final = (
    "aiobotocore is imported: none of its requests is sent here, and a function that makes one ends there."
)


class OneAction:
    """
    Calls its function, and knows what became of it.

    Attributes:
        failure: What it raised, and where; None: nothing.
        stopped: That it stopped at its checkpoint, a sentence; empty: it did not.
        is_users_own: Whether either is in words of the user's, which may have a key in them.

    Args:
        target: The history in memory, which goes on with each action.
    """

    def __init__(self, environment: Environment, action: Action, target: MemoryTarget, lock: Any, run: Run) -> None:
        self.action = action
        self.failure: Failure | None = None
        self.stopped = ""
        self.is_users_own = False
        self._environment = environment
        self._target = target
        self._lock = lock
        self._run = run

    def call(self, run: FunctionRun, interception: Interception, stop: Callable[[], str | None]) -> None:
        """Import its function and call it; in the thread whose requests are taken."""
        try:
            self._call(run, interception, stop)
        finally:
            # Generators and objects that only a cycle keeps clean up here, and not in earnest when it is over.
            gc.collect()

    def _call(self, run: FunctionRun, interception: Interception, stop: Callable[[], str | None]) -> None:
        function: MigrationFunction | None = None
        try:
            function = function_of(self.action)
            if interception.see_asynchronous():
                run.ledger.unknown(_ASYNCHRONOUS)
            context = self._context(run, stop)
            if not (self.action.resume or has_method(function, "rehearse")):
                look_ahead(function, context)
            call(self.action, function, context)
            if context.asked and not getattr(function, "supports_dry_run", False):
                run.ledger.unknown("It asks ctx.dry_run, so it may do more in a real run than it did here.")
        except Ended as end:
            run.end(end.why)
        except StopRequested as error:
            self.stopped = error.message
            self.is_users_own = not _is_engines(error)
        except BaseException as error:  # noqa: BLE001 - it is told in the answer
            if not run.ended:
                # A refusal has the statement in it.
                own = isinstance(error, WriteRefused) or not isinstance(error, MigrationsError)
                self.is_users_own = own or not _is_engines(error)
                self.failure = failure_of(error, function or _nothing)
            return
        self._finish()

    def _context(self, run: FunctionRun, stop: Callable[[], str | None]) -> DryContext:
        action, target = self.action, self._target
        record = next((one for one in target.records() if one.key == action.migration.key), None)
        record_id = action.migration.id if record is None else record.id
        details = Details.of(action.migration, self._run)
        if action.resume:
            target.resume_migration(record_id, details)
        elif action.direction is Direction.DO:
            target.add(record_id, details)
        else:
            target.start_migration(record_id, details)
        return DryContext(
            self._environment,
            action,
            target=target,
            lock=self._lock,
            record_id=record_id,
            run_id=self._run.id,
            checkpoint=record.checkpoint if record is not None and action.resume else None,
            stop=stop,
            rehearsal=run,
        )

    def _finish(self) -> None:
        """As it would stand in the history when the next one begins."""
        done = self.action.direction is Direction.DO
        (self._target.finish_migration if done else self._target.remove)(self.action.migration.id)


def _is_engines(error: BaseException) -> bool:
    """Whether *error* was raised by code of the engine's, whose words are known."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and PurePath(place.tb_frame.f_code.co_filename).is_relative_to(_ENGINE)


def _nothing(_ctx: object) -> None:
    """What stands for a function that could not even be imported."""
