"""Where a backfill goes on in a fleet."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ...alarms import Sighting
from ...fleet import MOST_IDLE, Fleet, FleetOffer, FleetWanted, WorkerFailed
from ...log import counted, log_event
from ..checkpoints import Checkpoints
from ..errors import BackfillError
from ..options import Options
from ..table import Table

if TYPE_CHECKING:
    from ...context import Context

# Fewer segments are not worth a fleet.
_LEAST_PARTS: Final = 2


def fan_out(
    options: Options, ctx: Context, table: Table, checkpoints: Checkpoints, alarms: Sighting | None = None
) -> None:
    """
    Have a fleet go on with the segments of *checkpoints*, where there can be one, and it is worth it.

    Args:
        alarms: What was seen just now of the alarms that its workers wait for.

    Raises:
        FleetWanted: It goes on there.
        WorkerFailed: The fleet that had it before failed.
        BackfillError: Fleets do nothing, or the backfill is not the migration itself.
    """
    offer = ctx.runtime.fleet
    if options.workers == 1 or offer is None:
        return
    if offer.function is not options:
        raise BackfillError(
            f"{ctx.migration} calls a Backfill with workers={options.workers} in a function, of which each worker would do "
            "all.",
            next_step="Make the backfill a migration of its own, do = Backfill(...), or give it no workers.",
        )
    if offer.ended is not None and offer.ended.failure is not None:
        raise WorkerFailed(offer.ended.failure, migration_id=ctx.migration.id)
    unfinished = sum(not segment.done for segment in checkpoints.segments)
    # One segment is one worker's; and a run that has to stop does so here.
    if unfinished < _LEAST_PARTS or ctx.stop_reason() is not None:
        return
    fleet = replace(
        _fleet(options, ctx, table, checkpoints, offer=offer, unfinished=unfinished),
        alarms=options.throttle_on or (),
        alarms_seen="" if alarms is None else alarms.text,
    )
    _log(ctx, table, fleet, checkpoints.bill.estimated)
    raise FleetWanted(
        f"{ctx.migration} stopped, to go on with {counted(fleet.workers, 'worker')} beside each other.",
        fleet=fleet,
        migration_id=ctx.migration.id,
    )


def _fleet(
    options: Options, ctx: Context, table: Table, checkpoints: Checkpoints, *, offer: FleetOffer, unfinished: int
) -> Fleet:
    """
    Raises:
        BackfillError: One fleet after the other has done nothing.
    """
    tally, before = checkpoints.tally, offer.before
    # Those of all passes, but how far it is is of the one under way.
    counted_so_far = tally.after(checkpoints.earlier)
    figures = {**counted_so_far.figures(), "scanned": tally.scanned, "read": tally.read, "failed": tally.failed}
    idle = 0 if before is None or counted_so_far.requests > before.figures.get("requests", 0) else before.idle + 1
    if idle >= MOST_IDLE:
        raise BackfillError(
            f"{ctx.migration} was given up: {idle} fleets, one after the other, did nothing.",
            next_step="The function's log, and the map runs of the state machine, say what keeps the workers from it; it may "
            "be that Lambda has no room for them. Correct that, or give fewer workers.",
        )
    return Fleet(
        migration=offer.record_id,
        workers=min(options.workers, unfinished),
        parts=len(checkpoints.segments),
        began=ctx.runtime.clock.time(),
        figures=figures,
        total=max(checkpoints.expected(table), tally.scanned),
        idle=idle,
    )


def _log(ctx: Context, table: Table, fleet: Fleet, estimated: Mapping[str, float]) -> None:
    log_event(
        ctx.logger,
        logging.INFO,
        "fleet.started",
        f"{ctx.migration}: the backfill of {table.name}, about {counted(table.items, 'item')} in "
        f"{counted(fleet.parts, 'segment')}, goes on with {counted(fleet.workers, 'worker')} beside each other.",
        run_id=ctx.run_id,
        migration=ctx.migration.id,
        table=table.name,
        segments=fleet.parts,
        workers=fleet.workers,
        **estimated,
    )
