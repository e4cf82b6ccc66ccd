"""The cost of a backfill: refused where it is too high, kept, and told beside what it came to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ...log import log_event
from ...unit_prices import Prices
from ..counters import Tally
from ..errors import BackfillError
from ..options import Options
from ..table import Table
from .bill import Bill
from .estimate import Estimate, Unknown, estimate, money

if TYPE_CHECKING:
    from ...context import Context
    from ...transport import Transport

_KEY: Final = "cost"


def look_at_cost(options: Options, ctx: Context, table: Table, transport: Transport) -> Estimate | Unknown:
    """
    Estimate it, say so in the log, and keep it for the backfill that is about to begin.

    Raises:
        BackfillError: It is above ``max_cost``, or can't be estimated where that is given; nothing was written.
        LockLost, StopRequested: As `estimate` has it.
    """
    found = estimate(options, ctx, table, transport)
    _refuse(options, found, table)
    ctx.runtime.prepared[_KEY, options] = found
    return found


def cost_to_begin(options: Options, ctx: Context, table: Table, transport: Transport) -> Estimate | Unknown:
    """What was looked at before the start, else what a look says now; raises as `look_at_cost`."""
    kept: Estimate | Unknown | None = ctx.runtime.prepared.get((_KEY, options))
    found = kept or look_at_cost(options, ctx, table, transport)
    del ctx.runtime.prepared[_KEY, options]
    log_event(
        ctx.logger,
        logging.INFO,
        "backfill.estimated",
        f"{ctx.migration}: {found}",
        run_id=ctx.run_id,
        migration=ctx.migration.id,
        table=table.name,
        **found.figures(),
        **({"units_of": found.answer()["write_units"]} if isinstance(found, Estimate) else {"reason": found.why}),
    )
    return found


def told_cost(options: Options, ctx: Context, table: Table, transport: Transport) -> dict[str, Any]:
    """What it costs, and whether it would be refused for that, as the answer of a command has it."""
    found, most = estimate(options, ctx, table, transport), options.max_cost
    answer = found.answer()
    if most is not None:
        answer["max_cost"] = most
        if isinstance(found, Unknown) or found.dollars > most:
            answer["note"] += f" It would not begin: max_cost is {money(most)}."
    return answer


def _refuse(options: Options, found: Estimate | Unknown, table: Table) -> None:
    most = options.max_cost
    if most is None:
        return
    if isinstance(found, Unknown):
        raise BackfillError(
            f"The backfill of {table.name} may cost {money(most)} at most (max_cost), and what it costs can't be estimated: "
            f"{found.why}. Nothing was written.",
            next_step="Correct that, or leave max_cost out.",
        )
    if found.dollars > most:
        raise BackfillError(
            f"The backfill of {table.name} would cost {money(found.dollars)}, as estimated, and max_cost allows {money(most)}. "
            f"{found} Nothing was written.",
            next_step=f"If it is worth that, give max_cost={_above(found.dollars)} or leave it out. filter= does not lower what "
            "reading costs; an index= that has fewer items does.",
        )


def _above(dollars: float) -> float:
    """A round sum with some room above *dollars*."""
    return float(f"{dollars * 1.2:.2g}")


class Cost:
    """
    What a backfill was thought to cost, and what it came to so far.

    Args:
        bill: What was kept of it when it began.
        count: Gives what has been counted by now.
    """

    def __init__(self, table: Table, ctx: Context, bill: Bill, count: Callable[[], Tally]) -> None:
        self._prices = Prices.of(table, ctx.runtime.prices)
        self._copies = 1 + len(table.replicas)
        self._bill = bill
        self._count = count
        self._keep = ctx.runtime.keep_cost

    @property
    def dollars(self) -> float:
        """What has been consumed, at the prices of the estimate."""
        tally = self._count()
        return self._prices.dollars(reads=tally.read_units, writes=tally.write_units, copies=self._copies)

    def progress(self) -> dict[str, float]:
        """For the migration's progress."""
        thought = self._bill.estimated.get("estimated_dollars")
        return {"dollars": _rounded(self.dollars), **({} if thought is None else {"estimated_dollars": thought})}

    def figures(self) -> dict[str, float]:
        """All of it, with what the function's earlier backfills came to."""
        tally = self._count()
        own = {
            **self._bill.estimated,
            "items": tally.scanned,
            "written": tally.written,
            "read_units": round(tally.read_units, 1),
            "write_units": round(tally.write_units, 1),
            "dollars": _rounded(self.dollars),
        }
        spent = dict(self._bill.spent)
        return {name: own.get(name, 0) + spent.get(name, 0) for name in own | spent}

    def keep(self) -> None:
        """
        Keep the figures with the migration.

        Raises:
            LockLost: The run's lock is no longer its own.
        """
        self._keep(self.figures())

    def __str__(self) -> str:
        """Both in words, for the end."""
        if self._prices.free:
            return "It cost nothing more: the table's capacity is provisioned."
        thought = self._bill.estimated.get("estimated_dollars")
        beside = "" if thought is None else f"; {money(thought)} had been estimated"
        return f"It came to {money(self.dollars)}{beside}."


def _rounded(dollars: float) -> float:
    return round(dollars, 6)
