"""The checks of a plan's migrations: all of them, before anything is written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from .check_call import CheckCall
from .check_context import CheckContext
from .context import Environment
from .contract.choices import CHECK_LIMIT
from .error_text import printable, safe_repr
from .errors import InvalidMigration, LockLost, MigrationsError, RunError, StopRequested
from .log import duration_text, log_event
from .migration import Deferred, Migration
from .migration_function import failure_of, refuse_idle
from .next_step import NextStep
from .plan import Direction, Plan
from .records import Failure
from .results import leftover

if TYPE_CHECKING:
    from .outcome import Outcome
    from .targets import Target

# Characters: what CloudFormation shows of a failure is under 3 KB, with the next step and the place of the log.
_LONGEST: Final = 1_900
_LONGEST_EACH: Final = 600


class CheckFailed(RunError):
    """A check raised, or could not be carried out. Nothing was run, and nothing is dirty."""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """
    What came of one check.

    Attributes:
        error: What it raised, or what is wrong with it; None: it passed.
        failure: The same, for the records.
    """

    migration: Migration
    seconds: float
    error: BaseException | None = None
    failure: Failure | None = None

    @property
    def told(self) -> str:
        """What is wrong, and where, for the end of a sentence; empty: nothing."""
        error, failure = self.error, self.failure
        if failure is None:
            return ""
        if not isinstance(error, MigrationsError) or not error.message:
            return printable(failure.described().rstrip("."), _LONGEST_EACH)
        # An error of the engine's says itself what happened.
        what = printable(error.message.removeprefix(f"{self.migration}: ").rstrip("."), _LONGEST_EACH)
        return f"{what} ({failure.where})" if failure.where else what


def due(plan: Plan) -> tuple[Migration, ...]:
    """
    The migrations of *plan* whose check is due: those that it begins to do. What is gone on with was checked when it
    began.
    """
    return tuple(
        one.migration
        for one in plan
        if one.direction is Direction.DO and not one.resume and one.migration.check is not None
    )


def run_checks(
    migrations: Sequence[Migration],
    environment: Environment,
    target: Target,
    *,
    run_id: str,
    limit: float = CHECK_LIMIT,
    stop: Callable[[], str | None] = lambda: None,
    dry_run: bool = False,
) -> Iterator[CheckResult]:
    """
    Run the check of each of *migrations*, whatever comes of the others.

    Args:
        limit: Seconds that each may take.
        stop: Why there is no more time for it, or None.

    Raises:
        StopRequested: *stop* said so, before or during one.
        LockLost: The lock is no longer ours.
    """
    for migration in migrations:
        if (reason := stop()) is not None:
            raise StopRequested(f"The run stopped before the check of {migration}: {reason}.")
        ctx = CheckContext(environment, target=target, migration=migration, run_id=run_id, stop=stop, dry_run=dry_run)
        result = _Check(migration, ctx, environment).carry_out(limit, stop)
        _log(result, run_id, environment.logger)
        yield result


def check_all(
    migrations: Sequence[Migration],
    environment: Environment,
    target: Target,
    *,
    outcome: Callable[[], Outcome],
    **options: Any,
) -> None:
    """
    Make sure that the checks of all *migrations* pass; *options* are those of `run_checks`.

    Raises:
        CheckFailed: Some did not; it tells of all of them.
        StopRequested, LockLost: As `run_checks`.
    """
    results = tuple(run_checks(migrations, environment, target, **options))
    if failed := failed_checks(results, outcome()):
        raise failed from failed.__cause__


def failed_checks(results: Sequence[CheckResult], outcome: Outcome) -> CheckFailed | None:
    """The error that tells all that failed in *results*, chained from the first; None: all passed."""
    failed = [one for one in results if one.error is not None]
    if not failed:
        return None
    first = failed[0]
    what = f"The check of {first.migration} failed: {first.told}."
    if len(failed) > 1:
        what = f"{len(failed)} of {len(results)} checks failed. {_all_told(failed)}"
    # Not said twice where several checks come to grief in one way.
    advice = {one.error.next_step: None for one in failed if isinstance(one.error, MigrationsError)}
    steps = [part for step in advice if step for part in (step, " ")]
    error = CheckFailed(
        f"{what} Nothing was run.",
        next_step=NextStep(*steps, "Mend what was found, and run it again: nothing was written, and nothing is dirty."),
        outcome=outcome,
        migration_id=first.migration.id,
    )
    error.__cause__ = first.error
    return error


def _all_told(failed: Sequence[CheckResult]) -> str:
    told: list[str] = []
    for number, one in enumerate(failed):
        sentence = f"{one.migration}: {one.told}."
        if told and sum(map(len, told)) + len(sentence) > _LONGEST:
            return f"{' '.join(told)} And {len(failed) - number} more, which the log has."
        told.append(sentence)
    return " ".join(told)


class _Check:
    """One migration's."""

    def __init__(self, migration: Migration, ctx: CheckContext, environment: Environment) -> None:
        self._migration = migration
        self._ctx = ctx
        self._runtime = environment.runtime

    def carry_out(self, limit: float, stop: Callable[[], str | None]) -> CheckResult:
        """
        Raises:
            StopRequested, LockLost: As `run_checks`.
        """
        clock = self._runtime.clock
        began = clock.monotonic()
        function: Any = self._migration.check
        try:
            if isinstance(function, Deferred):
                function = function.resolve()
            refuse_idle(self._migration, "check", function)
            with self._runtime.around():
                ended = CheckCall(function, self._ctx, limit=limit, stop=stop).carry_out(clock)
            error, where = ended.error or self._fault_of(ended.returned), ended.where
        except InvalidMigration as raised:
            error, where = raised, ""
        if isinstance(error, StopRequested | LockLost):
            raise error
        failure = None if error is None else failure_of(error, function)
        if failure is not None and where:
            failure = replace(failure, type="TimeoutError", where=where)
        seconds = clock.monotonic() - began
        return CheckResult(migration=self._migration, seconds=seconds, error=error, failure=failure)

    def _fault_of(self, returned: object) -> BaseException | None:
        """What is wrong with a check that came to its end; None: nothing."""
        try:
            # First, as this closes what was never run, of which Python would warn.
            left = leftover(returned)
        except BaseException as error:  # noqa: BLE001 - a future's, told with those of the other checks
            return error
        if (refused := self._ctx.client.refused) is not None:
            # It may have caught it.
            return refused
        if returned is None:
            return None
        return InvalidMigration(
            f"check returned {left.what if left else safe_repr(returned, 60)}, and should return nothing.",
            next_step=left.advice
            if left
            else "Raise where something is not as it should be: what is returned is not looked at.",
            migration_id=self._migration.id,
        )


def _log(result: CheckResult, run_id: str, logger: Any) -> None:
    fields: dict[str, Any] = {"run_id": run_id, "migration": result.migration.id, "seconds": round(result.seconds, 3)}
    if result.error is None:
        sentence = f"The check of {result.migration} passed, after {duration_text(result.seconds)}."
        log_event(logger, logging.INFO, "check.passed", sentence, **fields)
        return
    sentence = f"The check of {result.migration} failed: {result.told}."
    log_event(logger, logging.ERROR, "check.failed", sentence, error=result.told, exc_info=result.error, **fields)
