"""What the actions of a plan are going to cost, before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from .callables import has_method
from .context import Context
from .error_text import describe_error
from .errors import MigrationsError
from .migration_function import function_of
from .plan import Action
from .records import Record
from .run_ids import new_run_id
from .targets.memory import MemoryTarget

if TYPE_CHECKING:
    from .context import Environment
    from .targets import HeldLock


class Estimable(Protocol):
    """A migration's function that can tell what it is going to cost, such as a `Backfill`."""

    def estimate(self, ctx: Context) -> Mapping[str, Any]:
        """
        It, as the answer of a command has it; nothing is written.

        Raises:
            MigrationsError: It can't be told.
        """
        ...


class Estimator:
    """
    Asks a migration's function what it is going to cost. It takes no lock and writes nothing, and imports the function.

    Args:
        records: The history that the plan was made from.
        stop: Why there is no time for more, in words; None: there is.
    """

    def __init__(
        self, environment: Environment, records: Sequence[Record], *, stop: Callable[[], str | None] = lambda: None
    ) -> None:
        self._environment = environment
        self._records = records
        self._stop = stop

    def cost(self, action: Action) -> Mapping[str, Any] | None:
        """
        What *action* costs, or under ``note`` why that can't be told. None: its function is none that could tell; or the
        action goes on with what has begun, and was estimated then.
        """
        if action.resume:
            return None
        if (reason := self._stop()) is not None:
            return _unknown(reason)
        try:
            function = function_of(action)
            if not has_method(function, "estimate"):
                return None
            # What is kept of it goes nowhere.
            target = MemoryTarget.holding(self._records)
            with target.lock() as lock:
                return cast("Estimable", function).estimate(self._context(action, target, lock))
        except MigrationsError as error:
            return _unknown(error.message.rstrip("."))
        except Exception as error:  # noqa: BLE001 - importing a file and calling transform run code of the user's
            return _unknown(describe_error(error).rstrip("."))

    def _context(self, action: Action, target: MemoryTarget, lock: HeldLock) -> Context:
        return Context(
            self._environment,
            target=target,
            lock=lock,
            migration=action.migration,
            record_id=action.migration.id,
            run_id=new_run_id(),
            checkpoint=None,
            stop=self._stop,
            direction=action.direction,
            dry_run=True,
        )


def _unknown(why: str) -> Mapping[str, Any]:
    return {"note": f"What it costs can't be estimated: {why}."}
