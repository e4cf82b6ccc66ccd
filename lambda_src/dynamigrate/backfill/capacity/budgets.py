"""What a backfill may spend on reads and on writes, before anything is known of others' use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from ...consumption import Kind
from ..options import Options
from ..table import Table
from .rate_limiter import Budget
from .units import Ceiling

if TYPE_CHECKING:
    from ...context import Context

_THREADS: Final = 32
# Each thread should have enough to write to fill a batch a second.
_UNITS_A_THREAD: Final = 25


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """
    Attributes:
        threads: How many may spend at one time.
        batch: Writes in one request at most. Of many processes at a low rate each sends one in many seconds; no larger than
            what it may write in a second, they don't come together by chance and exceed the rate for that moment.
        measured: Those whose ceiling is the table's, less what others use: the author gave none.
    """

    reads: Budget
    writes: Budget
    threads: int
    batch: int
    measured: tuple[Budget, ...]

    @classmethod
    def of(cls, options: Options, table: Table, ctx: Context, *, segments: int, workers: int = 1) -> Self:
        """
        For a process that works on so many *segments* at most.

        Args:
            workers: How many processes share the table's rate.
        """
        maximum: dict[Kind, float | None] = {"read": options.max_read_units, "write": options.max_write_units}
        ceilings = {
            kind: Ceiling.shared(table.units(kind), {}) if units is None else Ceiling(units=units)
            for kind, units in maximum.items()
        }
        # More than there is capacity for would hold pages that grow old.
        most = min(max(1, int(ceilings["write"].units / workers / _UNITS_A_THREAD)), segments)
        threads = min(options.threads or _THREADS, most)
        reads, writes = (
            Budget(
                kind,
                ceiling,
                table=table.name,
                clock=ctx.runtime.clock,
                own_consumption=ctx.runtime.own_consumption,
                segments=threads,
                workers=workers,
            )
            for kind, ceiling in ceilings.items()
        )
        measured = tuple(budget for budget in (reads, writes) if maximum[budget.kind] is None)
        batch = options.batch if workers == 1 else min(options.batch, max(1, int(ceilings["write"].units / workers)))
        return cls(reads=reads, writes=writes, threads=threads, batch=batch, measured=measured)

    @property
    def both(self) -> tuple[Budget, Budget]:
        return self.reads, self.writes
