"""What the log says of looks over the data."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ...clock import Ticker
from ...log import counted, log_event
from ...verifiable import VerifyOrder
from ...verification import Verification
from ..table import Table

if TYPE_CHECKING:
    from ...context import Context


_SECONDS: Final = 5.0


def tell_finish(ctx: Context, table: str, found: Verification) -> None:
    """Say what was *found* in *table*; louder, where it is not clean."""
    low, high = found.interval
    fields: dict[str, Any] = {
        name: value for name, value in found.to_dict().items() if name not in ("at", "run_id", "app_version")
    }
    log_event(
        ctx.logger,
        logging.INFO if found.clean else logging.WARNING,
        "verify.finished",
        f"{ctx.migration}: {described(table, found)}",
        run_id=ctx.run_id,
        migration=ctx.migration.id,
        table=table,
        **fields,
        low=round(low, 6),
        high=round(high, 6),
    )


def tell_start(ctx: Context, table: Table, order: VerifyOrder, *, goes_on: bool) -> None:
    """Say that a look begins, or goes on."""
    what = "all items" if order.sample is None else f"a sample of {counted(order.sample, 'item')}"
    how = "settling what would still change" if order.settle else "changing nothing"
    log_event(
        ctx.logger,
        logging.INFO,
        "verify.started",
        f"{ctx.migration}: {'goes on looking' if goes_on else 'looks'} at {what} of {table.name}, {how}.",
        run_id=ctx.run_id,
        migration=ctx.migration.id,
        table=table.name,
        items=table.items,
        sample=order.sample,
        settle=order.settle,
        goes_on=goes_on,
    )


class LookProgress:
    """
    Says in the log how far a look is, every few seconds.

    Args:
        done: Tells how many items were looked at.
        total: How many there are to be looked at, about.
        number_of_pass: That of the pass that is under way.
    """

    def __init__(self, ctx: Context, done: Callable[[], int], *, total: int, number_of_pass: int = 1) -> None:
        self._ctx = ctx
        self._done = done
        self._total = total
        self._pass = number_of_pass
        self._ticker = Ticker(ctx.runtime.clock, _SECONDS)

    def report_if_due(self) -> None:
        """`report` every few seconds, however often this is called."""
        if self._ticker.due:
            self.report()

    def report(self) -> None:
        self._ticker.reset()
        ctx, done = self._ctx, self._done()
        log_event(
            ctx.logger,
            logging.INFO,
            "verify.progress",
            f"{ctx.migration}: {self.summary()} looked at.",
            run_id=ctx.run_id,
            migration=ctx.migration.id,
            done=done,
            total=max(self._total, done),
            **({"pass": self._pass} if self._pass > 1 else {}),
        )

    def summary(self) -> str:
        """How far it is, in words."""
        done = self._done()
        again = f" in pass {self._pass}" if self._pass > 1 else ""
        return f"{done:,} of about {max(self._total, done):,} items{again}"


def described(table: str, found: Verification) -> str:
    """What was *found* in *table*, in sentences."""
    of = f"{counted(found.checked, 'item')}" if found.whole else f"{found.checked:,} of about {found.total:,} items"
    if found.clean:
        settled = f", after {counted(found.settled, 'item')} changed in further passes" if found.settled else ""
        return f"{of} of {table} looked at, and nothing is left to be changed{settled}."
    parts = []
    if found.would_change:
        would = f"{found.would_change:,} would still change"
        if not found.whole:
            low, high = found.interval
            would += f" (of all, {low:.2%} to {high:.2%}, with 95 % confidence)"
        if found.keys:
            would += f", such as {', '.join(found.keys)}"
        parts.append(would)
    if found.failed:
        parts.append(f"of {found.failed:,} it could not be told, or they were left out")
    sentence = f"{of} of {table} looked at: {'; '.join(parts)}."
    return f"{sentence} {found.about_unsettled}".rstrip()
