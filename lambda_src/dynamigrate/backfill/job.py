"""One run of a backfill: from its checkpoints to its end, or as far as time allows."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ..errors import LockLost, Repair, StopRequested
from ..plan import Direction
from ..wire.client_wire import open_wire
from .collector import rare_collections
from .courier import Courier
from .crew import Crew
from .errors import BackfillError
from .gate import Gate
from .neighbours import Neighbours
from .pace import Pace
from .progress import Progress
from .reading import Reading
from .rewrite import Rewrite
from .segment import Segment
from .statement import Statements
from .table import Table, describe
from .tally import Tally
from .worker import Workshop

if TYPE_CHECKING:
    from ..context import Context
    from .backfill import Backfill

# Of the checkpoint; a change of what it means changes this.
_VERSION: Final = 1
_BEGUN: Final = frozenset({"table", "index", "segments", "token", "finished"})
_SAVE_SECONDS: Final = 5.0
_THREADS: Final = 32
_SEGMENTS: Final = 32
_MOST_CHOSEN: Final = 512
_SEGMENT_BYTES: Final = 512 * 1024 * 1024
# Of what a table takes, unless the author says more.
_SHARE: Final = 0.5
# Each thread should have enough to write to fill a batch a second.
_UNITS_A_THREAD: Final = 25


class Job:
    """A `Backfill` at work."""

    def __init__(self, backfill: Backfill, ctx: Context) -> None:
        self._backfill = backfill
        self._ctx = ctx
        self._clock = ctx._clock
        self._wire = open_wire(ctx.dynamodb, ctx.require_lock)
        self._gate = Gate(self._clock)
        self._token = ""
        self._segments: list[Segment] = []
        self._saved: dict[int, Any] = {}
        self._resumed = False
        self._saved_at = self._clock.monotonic()

    def run(self) -> None:
        """
        Finish all segments.

        Raises:
            BackfillError, StopRequested, LockLost: As `Backfill` says.
        """
        try:
            self._run()
        finally:
            self._wire.close()

    def _run(self) -> None:
        backfill, ctx = self._backfill, self._ctx
        if ctx.checkpoint.load() is None:
            # Whatever fails from here on can be corrected and run again, with nothing to repair.
            ctx.checkpoint.save({"backfill": _VERSION, "begun": False})
        table = describe(self._wire, ctx.tables.get(backfill.table, backfill.table), backfill.index)
        if not self._plan(table):
            return
        crew, progress = self._crew(table)
        reason: str | None = None

        def watch() -> None:
            nonlocal reason
            reason = ctx.stop_reason()
            self._gate.paused = ctx.paused
            self._gate.stopping = self._gate.stopping or reason is not None
            if self._clock.monotonic() - self._saved_at >= _SAVE_SECONDS:
                self._save()
            progress.tell()

        try:
            watch()
            with rare_collections():
                crew.work(watch)
        except LockLost:
            raise
        except Exception:
            # What was done stands, and the next run need not do it again.
            self._save()
            progress.tell(last=True)
            raise
        if not all(segment.done for segment in self._segments):
            self._save()
            progress.tell(last=True)
            raise StopRequested(
                f"{ctx.migration} stopped at {progress.summary()}: {reason or 'it was asked to'}.",
                migration_id=ctx.migration.id,
            )
        progress.tell(last=True)
        self._finish(table)
        ctx.logger.info(
            "backfill.finished", extra={"run_id": ctx.run_id, "migration": ctx.migration.id, **self._count().figures()}
        )

    def _plan(self, table: Table) -> bool:
        """
        Take up what an earlier run left, or decide on the segments; returns whether there is anything to do.

        Raises:
            BackfillError: The checkpoint is of something else.
        """
        saved = self._ctx.checkpoint.load()
        if isinstance(saved, dict) and saved.get("begun") is False:
            count = self._backfill.segments or min(max(_SEGMENTS, table.bytes // _SEGMENT_BYTES), _MOST_CHOSEN)
            self._token = secrets.token_hex(8)
            self._segments = [Segment(number) for number in range(count)]
            self._keep(table, finished=False)
            return True
        self._check(saved, table)
        self._token = saved["token"]
        if saved["finished"]:
            self._ctx.checkpoint.clear_segments()
            return False
        marks = {
            number: mark
            for number, mark in self._ctx.checkpoint.segments().items()
            # Others are of a backfill that was given up.
            if isinstance(mark, dict) and mark.get("token") == self._token
        }
        self._resumed = True
        self._segments = [
            Segment.from_mark(number, marks[number]) if number in marks else Segment(number)
            for number in range(saved["segments"])
        ]
        return True

    def _check(self, saved: Any, table: Table) -> None:
        anew = Repair.anew(self._ctx.migration.id, undo=self._ctx.direction is Direction.UNDO)
        restart = f"Bring back the code that it was begun with and run it to its end; or, to begin anew, invoke {anew}."
        if not isinstance(saved, dict) or saved.get("backfill") != _VERSION or not saved.keys() >= _BEGUN:
            raise BackfillError(
                f"{self._ctx.migration} has a checkpoint that no backfill of this version wrote.",
                next_step=restart,
                repair=anew,
            )
        now = {"table": table.name, "index": self._backfill.index}
        if self._backfill.segments is not None:
            now["segments"] = self._backfill.segments  # type: ignore[assignment]
        for name, value in now.items():
            if saved[name] != value:
                raise BackfillError(
                    f"{self._ctx.migration} was begun with {name}={saved[name]!r}, and its code has {value!r} now.",
                    next_step=restart,
                    repair=anew,
                )

    def _keep(self, table: Table, *, finished: bool) -> None:
        self._ctx.checkpoint.save(
            {
                "backfill": _VERSION,
                "begun": True,
                "table": table.name,
                "index": self._backfill.index,
                "segments": len(self._segments),
                "token": self._token,
                "finished": finished,
            }
        )

    def _save(self) -> None:
        """Keep how far each segment got, where it got further."""
        self._saved_at = self._clock.monotonic()
        marks = {}
        for segment in self._segments:
            mark = {"token": self._token, **segment.mark()}
            if mark["tally"]["requests"] and mark != self._saved.get(segment.number):
                marks[segment.number] = mark
        if marks:
            self._ctx.checkpoint.save_segments(marks)
            self._saved.update(marks)

    def _finish(self, table: Table) -> None:
        # In this order: killed in between, the next run finds that nothing is left to do.
        with suppress(StopRequested):
            # There is nothing left to stop.
            self._keep(table, finished=True)
        if self._saved or self._resumed:
            self._ctx.checkpoint.clear_segments()

    def _crew(self, table: Table) -> tuple[Crew, Progress]:
        backfill, ctx, clock = self._backfill, self._ctx, self._clock
        stamp = (f"_migration_{ctx.migration.id}", str(ctx.direction.value)) if backfill.once else None
        reading = Reading(
            table,
            segments=len(self._segments),
            index=backfill.index,
            filter=backfill.filter,
            projection=backfill.projection,
            beside=[stamp[0]] if stamp else [],
        )
        rewrite = Rewrite(
            backfill.transform,
            ctx,
            reading,
            Neighbours(self._wire, table, ctx.tables),
            stamp=stamp,
            guarded=not backfill.overwrite,
        )
        write_units = backfill.max_write_units or table.write_units * _SHARE
        read_units = backfill.max_read_units or table.read_units * _SHARE
        # More threads than there is capacity for would hold pages that grow old.
        threads = min(backfill.threads or _THREADS, max(1, int(write_units / _UNITS_A_THREAD)), len(self._segments))
        reads = Pace(clock, ceiling=read_units, segments=threads)
        writes = Pace(clock, ceiling=write_units, segments=threads)
        shop = Workshop(
            clock=clock,
            gate=self._gate,
            reading=reading,
            rewrite=rewrite,
            statements=Statements(table.name, table.keys),
            courier=self._couriers(reads, writes),
            batch=backfill.batch,
            skip=backfill.on_error == "skip",
            dry=ctx.dry_run,
        )
        ctx.logger.info(
            "backfill.started",
            extra={
                "run_id": ctx.run_id,
                "migration": ctx.migration.id,
                "table": table.name,
                "segments": len(self._segments),
                "threads": threads,
                "max_read_units": read_units,
                "max_write_units": write_units,
                "wire": type(self._wire).__name__,
            },
        )
        progress = Progress(
            ctx, clock, total=table.items, count=self._count, before=self._count(), reads=reads, writes=writes
        )
        return Crew(shop, self._segments, threads), progress

    def _couriers(self, reads: Pace, writes: Pace) -> Callable[[], Courier]:
        return lambda: Courier(self._wire, self._gate, self._clock, reads=reads, writes=writes)

    def _count(self) -> Tally:
        return Tally.sum(segment.tally for segment in self._segments)
