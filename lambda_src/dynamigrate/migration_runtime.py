"""What the engine's own migrations, such as a backfill, use beside what every migration's function is given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .consumption import Meter, OwnConsumption
from .errors import NotReady
from .log import log_event

if TYPE_CHECKING:
    from .alarms import Alarms
    from .fleet import FleetOffer
    from .kept_look import KeptLook
    from .lifecycle import Pauses
    from .migration import Migration
    from .rate_order import RateOrder
    from .records import RunRecord
    from .rehearsal import Rehearsal

# Seconds between two looks at a table that is not ready: creating one takes ten seconds, changing one takes more.
_LOOK_SECONDS = 2.0


class MigrationRuntime:
    """
    What one migration has as ``ctx.runtime``. The class is not public: it changes as the engine does.

    Attributes:
        clock: The run's clock.
        meter: Tells what a table consumed; None: nothing does.
        own_consumption: The part of that which this run itself consumed.
        alarms: Tells in which state alarms are; None: nothing does.
        waits_for: What the migration waits for now, in words, for its progress; empty: for nothing.
        tables: Logical name to physical name; reading it asks nobody whether a table can be used.
        fleet: That it may go on in a fleet; None: it may not.
        looked_over_later: Whether its work is looked over again by itself, once the application is deployed.
        prices: Dollars a million request units, ``read`` and ``write``; None: those that the engine knows.
        keep_cost: Keeps what the migration was thought to cost, and what it came to.
        look: What is kept of looks over the migration's data.
        pauses: Is told while the migration's work waits.
        rate_order: Tells how fast somebody asked a backfill to go, or None; it may have ended.
        prepared: What a check before the function's start found, by what was checked.
        kept: What parts of the engine keep for as long as the migration is at work, each under its own class.
        rehearsal: The dry run in which the migration is called; None: it is called in earnest, or by what calls only
            functions that keep from writing themselves.
    """

    def __init__(
        self,
        *,
        migration: Migration,
        run_id: str,
        logger: Any,
        stop: Callable[[], str | None],
        dry_run: bool,
        clock: Clock,
        meter: Meter | None,
        own_consumption: OwnConsumption,
        alarms: Alarms | None,
        tables: Mapping[str, str],
        runs: Callable[[int], tuple[RunRecord, ...]],
        rate_order: Callable[[], RateOrder | None],
        awaited: Callable[[str], str] | None,
        look: KeptLook,
        pauses: Pauses,
        fleet: FleetOffer | None = None,
        looked_over_later: bool = False,
        prices: Mapping[str, float] | None = None,
        keep_cost: Callable[[Mapping[str, float]], None] = lambda _figures: None,
    ) -> None:
        self.clock = clock
        self.looked_over_later = looked_over_later
        self.look = look
        self.pauses = pauses
        self.meter = meter
        self.own_consumption = own_consumption
        self.alarms = alarms
        self.waits_for = ""
        self.tables = tables
        self.runs = runs
        self.rate_order = rate_order
        self.fleet = fleet
        self.prices = prices
        self.keep_cost = keep_cost
        self.prepared: dict[object, Any] = {}
        self.kept: dict[type, Any] = {}
        self.rehearsal: Rehearsal | None = None
        self._migration = migration
        self._run_id = run_id
        self._logger = logger
        self._stop = stop
        self._dry_run = dry_run
        self._awaited = awaited
        self._usable: set[str] = set()

    def wait_until_usable(self, table: str) -> None:
        """
        Wait, as long as there is time, until *table*, by its physical name, can be used.

        Raises:
            NotReady: Time is almost up, or it never will be.
        """
        awaited = self._awaited
        if awaited is not None and table not in self._usable:
            self.wait_until_ready(lambda: awaited(table))
            self.is_usable(table)

    def is_usable(self, table: str) -> None:
        """Note that *table* was found to be usable."""
        self._usable.add(table)

    def wait_until_ready(self, look: Callable[[], str]) -> None:
        """
        Wait, as long as there is time, until *look* finds nothing to wait for.

        Raises:
            NotReady: Time is almost up, or it never will be.
        """
        about = {"run_id": self._run_id, "migration": self._migration.id}
        began, said = self.clock.monotonic(), False
        while (what := look()) and not self._dry_run:
            waited = self.clock.monotonic() - began
            if (reason := self._stop()) is not None:
                raise NotReady(
                    f"After {waited:.0f} s of waiting the {what} still, and {reason}.",
                    next_step="Wait until it is ACTIVE.",
                    migration_id=self._migration.id,
                )
            if not said:
                sentence = f"{self._migration} waits: the {what}."
                log_event(self._logger, logging.INFO, "table.awaited", sentence, **about)
                said = True
            self.clock.sleep(_LOOK_SECONDS)
        if said:
            sentence = f"{self._migration} goes on: what it waited for is ACTIVE."
            log_event(self._logger, logging.INFO, "table.ready", sentence, **about)
