"""Holds a backfill to what a table takes, less what others use of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ...clock import Clock, Ticker
from ...consumption import CapacityKey, Kind, Meter, OwnConsumption
from ...error_text import describe_error, error_message
from ...log import log_event
from ...transport import Transport
from ..prompted_thread import PromptedThread
from ..table import Table, describe
from .background import WINDOW_SECONDS, background_load
from .rate_limiter import Budget
from .units import Ceiling

if TYPE_CHECKING:
    from ...context import Context

_REFRESH_SECONDS: Final = 60.0
# How long others' use counts as known, while nothing newer can be learned.
_STALE_SECONDS: Final = 300.0
# How long the work waits for the first ceilings, and for the thread to end: both take longer only where something
# hangs.
_FIRST_SECONDS: Final = 2.0
_END_SECONDS: Final = 1.0
# Seconds by which a clock may be wrong, and nobody would notice.
_SKEW_SECONDS: Final = 2.0
# The change of a ceiling that is worth a line in the log.
_CHANGED: Final = 0.1


class CapacityMonitor:
    """
    Holds *budgets* to half of what the table takes less what others use, of table and global indexes each.

    Both are asked for once a minute, in a thread of its own, for which nobody waits but at the very beginning, and then
    not for long. Where others' use can't be read, half of the capacity it is, and the log says why.

    Args:
        budgets: Those for which the author gave no maximum.
        index: The index that is scanned; None: the table itself.
    """

    def __init__(
        self, ctx: Context, transport: Transport, budgets: Sequence[Budget], *, table: Table, index: str | None = None
    ) -> None:
        self._transport = transport
        self._budgets = budgets
        self._table = table
        self._index = index
        self._meter: Meter | None = ctx.runtime.meter
        self._own_consumption: OwnConsumption = ctx.runtime.own_consumption
        self._clock: Clock = ctx.runtime.clock
        self._logger = ctx.logger
        self._fields = {"run_id": ctx.run_id, "migration": ctx.migration.id, "table": table.name}
        self._known: dict[CapacityKey, tuple[float, float]] = {}
        self._runs = ctx.runtime.runs
        self._comparable_since = 0.0
        self._reported: dict[str, float] = {budget.kind: budget.ceiling.units for budget in budgets}
        self._failing: set[str] = set()
        self._ticker = Ticker(self._clock, _REFRESH_SECONDS)
        self._refreshed = threading.Event()
        self._thread = PromptedThread("dynamigrate-capacity-monitor", self.refresh)

    def __enter__(self) -> Self:
        """Have the ceilings set a first time, and wait for it, but not for long."""
        if not self._budgets:
            return self
        self._thread.start()
        if self._meter is None:
            self._others_unknown(logging.INFO, "migrate() was given no meter")
        else:
            self._thread.due.set()
            self._refreshed.wait(_FIRST_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.end(_END_SECONDS)

    def poll(self) -> None:
        """Call this often: once a minute it has the thread `refresh` the ceilings. Returns at once."""
        if self._ticker.due:
            self._ticker.reset()
            self._thread.due.set()

    def refresh(self) -> None:
        """Ask what the table takes and what was consumed, and set the ceilings by that. Raises nothing."""
        self._describe()
        if self._meter is not None:
            self._ask_meter(self._meter)
        now = self._clock.monotonic()
        known = {capacity_key: units for capacity_key, (units, at) in self._known.items() if now - at <= _STALE_SECONDS}
        for budget in self._budgets:
            others = {
                capacity_key.index: units for capacity_key, units in known.items() if capacity_key.kind == budget.kind
            }
            if not self._thread.over.is_set():
                budget.ceiling = Ceiling.shared(self._table.units(budget.kind), others)
                self._report(budget.kind, budget.ceiling)
        self._refreshed.set()

    def _describe(self) -> None:
        try:
            self._table = describe(self._transport, self._table.name, self._index)
        except Exception as error:  # noqa: BLE001 - whoever works meets it too, and tells it
            if self._is_news("capacity"):
                reason = describe_error(error)
                sentence = f"The capacity of {self._table.name} could not be read: {reason}"
                log_event(
                    self._logger, logging.WARNING, "backfill.capacity_unknown", sentence, **self._fields, reason=reason
                )
        else:
            self._failing.discard("capacity")

    def _ask_meter(self, meter: Meter) -> None:
        if not self._refreshed.is_set() and not self._own_consumption.kept(self._table.name):
            self._comparable_since = self._last_run_end()
        capacity_keys = [
            CapacityKey(budget.kind, index) for budget in self._budgets for index in self._table.units(budget.kind)
        ]
        asked = self._clock.time()
        try:
            # Some minutes more on either side, for a clock of ours that is wrong.
            since, until = asked - WINDOW_SECONDS * 2, asked + WINDOW_SECONDS
            counted = meter.consumed(self._table.name, capacity_keys, since=since, until=until)
        except Exception as error:  # noqa: BLE001 - whatever it was, others' use is unknown
            if self._is_news("others"):
                self._others_unknown(logging.WARNING, describe_error(error))
            return
        self._failing.discard("others")
        now = self._clock.monotonic()
        wall = self._wall_time(counted.at, asked)
        for capacity_key in capacity_keys:
            units = background_load(
                counted.units.get(capacity_key, {}),
                lambda minute: self._own_consumption.minute(self._table.name, capacity_key, minute),  # noqa: B023 - called at once
                now=wall,
                since=self._comparable_since,
                until=self._own_consumption.known_until(self._table.name),
            )
            if units is not None:
                self._known[capacity_key] = (units, now)

    def _wall_time(self, at: float | None, asked: float) -> float:
        """
        The time by the clock that tells the minutes. From now on, our own use is put into minutes by that clock.

        Args:
            at: What that clock said some time after we *asked*, in whole seconds; None: the meter did not say.
        """
        wall, own_consumption = self._clock.time(), self._own_consumption
        if at is not None and not at - wall - _SKEW_SECONDS <= own_consumption.ahead <= at - asked + _SKEW_SECONDS:
            # What was noted so far may lie in the wrong minute, if it was the clock that moved.
            if self._refreshed.is_set():
                self._comparable_since = at
            own_consumption.ahead = at - (asked + wall) / 2
        return wall + own_consumption.ahead

    def _last_run_end(self) -> float:
        """
        When the newest run ended, in seconds since the epoch; 0: nobody knows of a run.

        What that run used, perhaps of the same table, nobody can tell from others' use any more.
        """
        try:
            newest = self._runs(1)
        except Exception as error:  # noqa: BLE001 - at worst it is taken for others' use
            sentence = f"The newest run could not be read: {error_message(error)}"
            log_event(
                self._logger,
                logging.DEBUG,
                "backfill.history_unknown",
                sentence,
                **self._fields,
                reason=error_message(error),
            )
            return 0.0
        return max((datetime.fromisoformat(run.started_at).timestamp() + run.seconds for run in newest), default=0.0)

    def _is_news(self, what: str) -> bool:
        """Whether it is news that *what* failed: once, until it works again."""
        is_news = what not in self._failing and not self._thread.over.is_set()
        self._failing.add(what)
        return is_news

    def _others_unknown(self, level: int, reason: str) -> None:
        log_event(
            self._logger,
            level,
            "backfill.others_unknown",
            f"What others use of {self._table.name} is not known ({reason}): up to half of its capacity is used.",
            **self._fields,
            reason=reason,
        )

    def _report(self, kind: Kind, ceiling: Ceiling) -> None:
        if abs(ceiling.units - self._reported[kind]) <= self._reported[kind] * _CHANGED:
            return
        self._reported[kind] = ceiling.units
        others = "unknown" if ceiling.others is None else f"{ceiling.others:,.0f}"
        where = f"the index {ceiling.index} of {self._table.name}" if ceiling.index else self._table.name
        log_event(
            self._logger,
            logging.INFO,
            "backfill.ceiling",
            f"The backfill goes at up to {ceiling.units:,.0f} {kind} units a second of {where}; others' use: {others}.",
            **self._fields,
            kind=kind,
            index=ceiling.index or None,
            units=round(ceiling.units, 1),
            others=None if ceiling.others is None else round(ceiling.others, 1),
        )
