"""What a check is given: what reads of a migration's context, and refusals for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from .checkpoint import Checkpoint
from .context import Context, Environment
from .errors import MigrationsError
from .migration import Migration
from .read_only import ReadOnlyClient

if TYPE_CHECKING:
    from .targets import HeldLock, Target

ADVICE: Final = "Do it in do(ctx), which runs after all checks have passed."


class CheckContext(Context):
    """
    The one argument of ``check``.

    Its client reads and refuses the rest, for as long as it is there. A check keeps nothing, so checkpoint, progress
    and lock are refused as well: it runs again as a whole, also where nobody holds the lock.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        target: Target,
        migration: Migration,
        run_id: str,
        stop: Callable[[], str | None],
        dry_run: bool = False,
    ) -> None:
        super().__init__(
            environment,
            target=target,
            # Every call that would use it is refused below.
            lock=cast("HeldLock", None),
            migration=migration,
            record_id=migration.id,
            run_id=run_id,
            checkpoint=None,
            stop=stop,
            dry_run=dry_run,
        )
        self.checkpoint = _NoCheckpoint(migration)

    @cached_property
    def client(self) -> ReadOnlyClient:
        """What `dynamodb` is, for whoever has to know what was refused."""
        # Made when it is first asked for something: most of a client's cost is its making.
        return ReadOnlyClient(lambda: super(CheckContext, self).dynamodb, advice=ADVICE)

    @property
    def dynamodb(self) -> Any:
        return self.client

    def end(self) -> None:
        """The check is over, or given up: what it left behind reads nothing more."""
        self.client.end("it was over")

    @property
    def paused(self) -> bool:
        return False

    def require_lock(self) -> None:
        """A check reads, and needs no lock for it."""

    def progress(self, /, done: float, total: float, **figures: float) -> NoReturn:
        raise _refusal(self.migration, "ctx.progress()")

    def lock_condition(self) -> NoReturn:
        raise _refusal(self.migration, "ctx.lock_condition()")


class _NoCheckpoint(Checkpoint):
    def __init__(self, migration: Migration) -> None:
        self._migration = migration

    def load(self) -> NoReturn:
        raise _refusal(self._migration, "ctx.checkpoint")

    def save(self, value: Any) -> NoReturn:
        self.load()

    def keep(self, value: Any) -> NoReturn:
        self.load()

    def segments(self) -> NoReturn:
        self.load()

    def save_segments(self, values: Mapping[int, Any]) -> NoReturn:
        self.load()

    def keep_segments(self, values: Mapping[int, Any]) -> NoReturn:
        self.load()

    def clear_segments(self) -> NoReturn:
        self.load()


def _refusal(migration: Migration, what: str) -> MigrationsError:
    return MigrationsError(f"check called {what}, and a check only reads.", next_step=ADVICE, migration_id=migration.id)
