"""What is done before a run's first action, so that less can go wrong, or that it can be mended."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .contract.choices import CHECK_LIMIT, RestorePointSetting, check_choice
from .errors import InvalidSetting

if TYPE_CHECKING:
    from .context import Environment
    from .continuation import Continuation
    from .plan import Plan
    from .records import Record, Run
    from .run_state import RunState
    from .targets import Target


@dataclass(frozen=True, kw_only=True)
class Precautions:
    """
    Attributes:
        check_limit: Seconds that each migration's check may take.
        restore_point: Whether tables must be restorable to the moment before the first write, where a migration's file
            does not say it.

    Raises:
        InvalidSetting: One has a value that can't be.
    """

    check_limit: float = CHECK_LIMIT
    restore_point: RestorePointSetting = "none"

    def __post_init__(self) -> None:
        limit: object = self.check_limit
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0:
            raise InvalidSetting(f"check_limit={limit!r} is not possible.", next_step="Give seconds: more than 0.")
        check_choice("restore_point", self.restore_point, RestorePointSetting)

    def take(
        self,
        plan: Plan,
        environment: Environment,
        target: Target,
        run_state: RunState,
        *,
        records: Collection[Record],
        run: Run,
        continuation: Continuation | None,
        stop: Callable[[], str | None],
        dry_run: bool,
    ) -> None:
        """
        Run the checks of what *plan* begins to do, then note in *run_state* to which moment its tables can be restored.

        A run that has begun something in another process has done both there.

        Args:
            continuation: What it did there; None: it begins here.

        Raises:
            CheckFailed: Checks failed.
            NotRestorable: A migration requires that its tables can be restored, and one can't be.
            StopRequested: There is no more time.
            LockLost: The lock is no longer ours.
        """
        # Each is loaded where there is work for it.
        if continuation is not None and _has_begun(continuation, records, run):
            from .restore_look import noted_before

            run_state.restore_point = noted_before(records, run)
            return
        if any(action.migration.check is not None for action in plan):
            from .checks import check_all, due

            check_all(
                due(plan),
                environment,
                target,
                run_id=run.id,
                outcome=run_state.outcome,
                limit=self.check_limit,
                stop=stop,
                dry_run=dry_run,
            )
        if not dry_run and any((action.migration.restore_point or self.restore_point) != "none" for action in plan):
            from .restore_look import find_restore_point

            run_state.restore_point = find_restore_point(
                plan, environment, setting=self.restore_point, run=run, outcome=run_state.outcome()
            )


def _has_begun(before: Continuation, records: Collection[Record], run: Run) -> bool:
    return bool(before.applied or before.undone) or any(one.details.run_id == run.id for one in records)
