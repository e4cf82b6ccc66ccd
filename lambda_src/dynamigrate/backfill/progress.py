"""How far a backfill is, for those who watch it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ..clock import Clock, Ticker
from .capacity.rate_limiter import Budget
from .cost.cost import Cost
from .counters import Tally

if TYPE_CHECKING:
    from ..context import Context


_SECONDS: Final = 5.0


class Progress:
    """
    Reports to the context how far the backfill is: counts of all runs, speeds of this one.

    Args:
        total: Items in the table, as the service last counted them; may be wrong.
        before: The counts of earlier runs, in the same pass.
        earlier: The counts of earlier passes.
        number_of_pass: That of the one under way, from 1.
        number: The place of this backfill among those of the migration, from 1.
        workers: How many processes of a fleet are at work; None: there is no fleet.
        cost: What it was thought to cost, and comes to.
    """

    def __init__(
        self,
        ctx: Context,
        clock: Clock,
        *,
        total: int,
        count: Callable[[], Tally],
        before: Tally,
        budgets: Sequence[Budget],
        number: int = 1,
        earlier: Tally | None = None,
        number_of_pass: int = 1,
        workers: Callable[[], int] | None = None,
        cost: Cost,
    ) -> None:
        self._ctx = ctx
        self._clock = clock
        self._total = total
        self._count = count
        self._scanned_before = before.scanned
        self._began = clock.monotonic()
        self._ticker = Ticker(clock, _SECONDS)
        self._budgets = budgets
        self._number = number
        self._earlier = earlier or Tally()
        self._pass = number_of_pass
        self._workers = workers
        self._cost = cost

    def report_if_due(self) -> None:
        """`report` every few seconds, however often this is called."""
        if self._ticker.due:
            self.report()

    def report(self) -> None:
        """
        Say how far the backfill is.

        Raises:
            LockLost: The run's lock is no longer its own.
        """
        self._ticker.reset()
        done, total, figures = self._figures()
        self._ctx.progress(done, total, **figures)

    def summary(self) -> str:
        """How far the backfill is, in words, for an error."""
        done, total, figures = self._figures()
        waits_for = self._ctx.runtime.waits_for
        waiting = f", where it waited for {waits_for}" if waits_for else ""
        again = f" in its pass {self._pass}" if self._pass > 1 else ""
        return f"{done:,} of about {total:,} items ({figures['percent']:.0f} %){again}{waiting}"

    def _figures(self) -> tuple[int, int, dict[str, float]]:
        tally = self._count()
        total = max(self._total, tally.scanned)
        seconds = max(self._clock.monotonic() - self._began, 0.001)
        speed = (tally.scanned - self._scanned_before) / seconds
        all_passes = tally.after(self._earlier)
        figures: dict[str, float] = {
            "percent": round(100 * tally.scanned / total, 1) if total else 100.0,
            "per_second": round(speed, 1),
            "written": all_passes.written,
            "conflicts": all_passes.conflicts,
            "gone": all_passes.gone,
            "failed": all_passes.failed,
            "throttles": all_passes.throttles,
            "read_units": round(all_passes.read_units, 1),
            "write_units": round(all_passes.write_units, 1),
            **self._cost.progress(),
        }
        for budget in self._budgets:
            figures |= budget.figures()
        if self._number > 1:
            figures["backfill"] = self._number
        if self._pass > 1:
            figures["pass"] = self._pass
        if self._workers is not None:
            figures["workers"] = self._workers()
        if speed:
            figures["seconds_left"] = round((total - tally.scanned) / speed)
        return tally.scanned, total, figures
