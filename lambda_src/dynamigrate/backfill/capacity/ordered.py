"""The rate that somebody asked for while a backfill runs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...clock import timestamp
from ...log import log_event
from .rate_limiter import Budget
from .units import Ceiling

if TYPE_CHECKING:
    from ...context import Context
    from ...rate_order import RateOrder


class OrderedRate:
    """
    Has *budgets* go by the rate that is asked for, from when the run's lock says so until it has ended.

    It holds in place of what an author gave and of what a table has to spare: who asks for more than that makes it
    throttle the application too.
    """

    def __init__(self, ctx: Context, budgets: Sequence[Budget]) -> None:
        self._ctx = ctx
        self._budgets = budgets
        self._known: RateOrder | None = None

    def poll(self) -> None:
        """Call this often. Sends nothing."""
        order = self._ctx.runtime.rate_order()
        if order is not None and order.until <= self._ctx.runtime.clock.time():
            order = None
        if order == self._known:
            return
        self._known = order
        for budget in self._budgets:
            units = None if order is None else order.read_units if budget.kind == "read" else order.write_units
            budget.ordered = None if units is None else Ceiling(units=units)
        self._tell(order)

    def _tell(self, order: RateOrder | None) -> None:
        ctx = self._ctx
        sentence = f"{ctx.migration}: the rate that was asked for has ended; the backfill's own holds again."
        fields: dict[str, object] = {}
        if order is not None:
            asked = {"read": order.read_units, "write": order.write_units}
            told = " and ".join(f"{units:,.10g} {kind} units a second" for kind, units in asked.items() if units)
            until = timestamp(order.until)
            sentence = f"{ctx.migration}: the backfill goes at up to {told}, until {until}, as asked for by {order.by}."
            fields = {
                "read_units": order.read_units,
                "write_units": order.write_units,
                "until": until,
                "asked_by": order.by,
            }
        about = {"run_id": ctx.run_id, "migration": ctx.migration.id}
        log_event(ctx.logger, logging.INFO, "backfill.rate", sentence, **about, **fields)
