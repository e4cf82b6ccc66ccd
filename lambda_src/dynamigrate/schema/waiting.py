"""Waits, in a migration, for what the service is at work on, and leaves the rest to the next run when time is up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..clock import Ticker
from ..errors import StopRequested
from ..log import counted, log_event

if TYPE_CHECKING:
    from ..context import Context

# Seconds between two looks: a table takes ten, an index minutes or hours.
_FIRST_PAUSE: Final = 2.0
_LATER_PAUSE: Final = 5.0
_LATER: Final = 60.0
# Seconds between two lines about it.
_TOLD_EVERY: Final = 30.0


def about(ctx: Context) -> dict[str, str]:
    """What is in every line of the log about a migration."""
    return {"run_id": ctx.run_id, "migration": ctx.migration.id}


def wait(ctx: Context, look: Callable[[], str]) -> None:
    """
    Call *look* until it finds nothing to wait for: until then it returns what that is, in words.

    A dry run does not wait.

    Raises:
        StopRequested: There is no more time, or the run has to stop.
        LockLost: The lock is no longer ours.
    """
    clock, runtime = ctx.runtime.clock, ctx.runtime
    began, told = clock.monotonic(), Ticker(clock, _TOLD_EVERY, at_once=True)
    try:
        while what := look():
            waited = clock.monotonic() - began
            if ctx.dry_run:
                sentence = f"{ctx.migration} would wait: the {what}."
                log_event(ctx.logger, logging.INFO, "schema.rehearsed", sentence, **about(ctx))
                return
            ctx.require_lock()
            if (reason := ctx.stop_reason()) is not None:
                raise StopRequested(
                    f"{ctx.migration} stopped, after {counted(int(waited), 'second')} of waiting: the {what}; and {reason}.",
                    migration_id=ctx.migration.id,
                )
            if told.due:
                told.reset()
                # Its sentence has to stand by the time that the progress is written.
                runtime.waits_for = what
                ctx.progress(0, 1, waited_seconds=waited)
            clock.sleep(_FIRST_PAUSE if waited < _LATER else _LATER_PAUSE)
    finally:
        was, runtime.waits_for = runtime.waits_for, ""
    if was:
        ctx.progress(1, 1)
