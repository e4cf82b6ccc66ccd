"""The sample that is looked at when a backfill has written its last item."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ...clock import timestamp
from ...error_text import describe_error
from ...errors import LockLost, StopRequested
from ...log import log_event
from ...verifiable import SAMPLE
from ...verification import Verification
from ..attendance import Attendance
from ..pool import WorkerPool
from ..series import Series
from ..workers import WorkerContext
from .draw import Draw
from .looker import Looker
from .telling import tell_finish

if TYPE_CHECKING:
    from ...context import Context

# So many fit in a page, and most tables of a test have fewer.
PAGE_ITEMS = 1_000


def sample_after(ctx: Context, context: WorkerContext, attendance: Attendance, *, expected: int) -> None:
    """
    Look at a sample, and have it kept and told what was found. Whatever that is, and whatever keeps it from being found, is
    no failure of the backfill, whose work is done.

    Args:
        expected: How many items there are, about.

    Raises:
        LockLost: The run's lock is no longer its own.
    """
    draw = Draw(context.reader, sample=SAMPLE, expected=expected)
    try:
        # What is left out was named when it was.
        take_sample(ctx, draw, context, attendance, told=0)
    except LockLost:
        raise
    except StopRequested:
        why = "the run has to stop"
    except Exception as error:  # noqa: BLE001 - it is told, and the work is done all the same
        why = describe_error(error)
    else:
        now = ctx.runtime.clock.time()
        found = Series.of(ctx).keep(ctx, sampled(draw, now=now))
        tell_finish(ctx, context.reader.table.name, found)
        return
    log_event(
        ctx.logger,
        logging.WARNING,
        "verify.not_done",
        f"{ctx.migration}: what was written was not looked at again: {why}. The backfill is done all the same.",
        run_id=ctx.run_id,
        migration=ctx.migration.id,
        reason=why,
    )


def take_sample(ctx: Context, draw: Draw, context: WorkerContext, attendance: Attendance, *, told: int) -> None:
    """
    Look at what *draw* draws.

    Raises:
        StopRequested, BackfillError, LockLost: As `Attendance.see_through`.
    """
    pool = WorkerPool(context.control, partial(Looker, ctx, context, PAGE_ITEMS, told), draw, 1)
    attendance.see_through(pool, _Nowhere(draw), _Nobody())


def sampled(draw: Draw, *, now: float) -> Verification:
    """What was found in what was drawn, at the time *now*."""
    found = draw.found
    return Verification(
        at=timestamp(now),
        mode="sample",
        checked=draw.checked,
        total=draw.total,
        would_change=found.would_change,
        failed=found.failed,
        unsettled=found.unsettled,
        keys=found.keys,
    )


class _Nowhere:
    """A small sample is begun anew, so nothing is kept of it."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    @property
    def done(self) -> bool:
        return self._draw.done

    def save(self) -> None: ...

    def save_if_due(self) -> None: ...


class _Nobody:
    """Nor is it told how far it is."""

    def report(self) -> None: ...

    def report_if_due(self) -> None: ...

    def summary(self) -> str:
        return "a sample"
