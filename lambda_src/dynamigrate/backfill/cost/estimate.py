"""What a backfill is going to cost, as far as a sample tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ...error_text import describe_error
from ...errors import LockLost, MigrationsError, StopRequested
from ...log import counted
from ...unit_prices import Prices
from ..alarm_check import alarm_before
from ..capacity.budgets import Budgets
from ..capacity.units import Spent
from ..control import PAUSED
from ..errors import NoSample
from ..options import Options
from ..reader import items_a_page
from ..segment import segments_for
from ..service_errors import refusal
from ..table import Table
from .sample import Sample, take

if TYPE_CHECKING:
    from ...context import Context
    from ...transport import Transport

_KB: Final = 1024
_TWO: Final = 2
_CENT: Final = 0.01
_LEAST_TOLD: Final = 0.001
_UNIT_BYTES: Final = 4096
# "Scan" in the API reference.
_LARGEST_PAGE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """
    Attributes:
        sampled: Items that transform was called for; None: all that there are, so that the counts are exact.
        write_units: In this Region, by the name of each global index; the table's own, with its local indexes, are under
            the empty name.
        elsewhere: Write units of other tables.
        copies: In how many Regions each write is made.
        minutes: At the ceiling that the backfill would have now, unless something else holds it up.
    """

    items: float
    bytes: float
    written: float
    read_units: float
    write_units: Mapping[str, float]
    elsewhere: float
    copies: int
    minutes: float
    prices: Prices
    sampled: int | None

    @property
    def all_write_units(self) -> float:
        return sum(self.write_units.values()) + self.elsewhere

    @property
    def dollars(self) -> float:
        return self.prices.dollars(reads=self.read_units, writes=self.all_write_units, copies=self.copies)

    def figures(self) -> dict[str, float]:
        """For the migration's progress, beside the figures of what it came to."""
        return {
            "estimated_items": round(self.items),
            "estimated_bytes": round(self.bytes),
            "estimated_written": round(self.written),
            "estimated_read_units": round(self.read_units, 1),
            "estimated_write_units": round(self.all_write_units, 1),
            "estimated_dollars": round(self.dollars, 6),
            "estimated_minutes": round(self.minutes, 2),
        }

    def answer(self) -> dict[str, Any]:
        """As a command's answer has it."""
        return {
            "dollars": _shown(self.dollars, 6),
            "minutes": _shown(self.minutes, 2),
            "items": round(self.items),
            "bytes": round(self.bytes),
            "would_change": round(self.written),
            "read_units": _shown(self.read_units, 1),
            "write_units": {
                "table": _shown(self.write_units.get("", 0.0), 1),
                **{name: _shown(units, 1) for name, units in self.write_units.items() if name},
                **({"other tables": _shown(self.elsewhere, 1)} if self.elsewhere else {}),
            },
            "regions": self.copies,
            "sampled": "all" if self.sampled is None else self.sampled,
            "note": str(self),
        }

    def __str__(self) -> str:
        about = "" if self.sampled is None else "about "
        size = _size(self.bytes / self.items if self.items else 0)
        how = (
            "All items were looked at"
            if self.sampled is None
            else f"Estimated from a sample of {counted(self.sampled, 'item')}"
        )
        return (
            f"It takes about {_time(self.minutes)} at the present ceiling and costs {self._cost()}: "
            f"{about}{counted(round(self.items), 'item')} of {size}, of which {about}{round(self.written):,} would be "
            f"written; {self.read_units:,.0f} read units; {self._writes()}. {how}."
        )

    def _cost(self) -> str:
        if self.prices.free:
            return "nothing more: the table's capacity is provisioned, and paid for already"
        about = "about " if self.dollars >= _LEAST_TOLD else ""
        return f"{about}{money(self.dollars)} ({self.prices.source})"

    def _writes(self) -> str:
        parts = [f"{self.write_units.get('', 0.0):,.0f} write units of the table"]
        parts += [f"{units:,.0f} of the index {name}" for name, units in self.write_units.items() if name]
        if self.elsewhere:
            parts.append(f"{self.elsewhere:,.0f} of other tables")
        others = "the other Region" if self.copies == _TWO else f"each of {self.copies - 1} other Regions"
        again = f", and as many in {others}" if self.copies > 1 else ""
        return ", ".join(parts) + again


@dataclass(frozen=True)
class Unknown:
    """
    It can't be told.

    Attributes:
        why: For the end of a sentence.
    """

    why: str

    def figures(self) -> dict[str, float]:
        return {}

    def answer(self) -> dict[str, Any]:
        return {"note": str(self)}

    def __str__(self) -> str:
        return f"What it costs can't be estimated: {self.why}."


def estimate(options: Options, ctx: Context, table: Table, transport: Transport) -> Estimate | Unknown:
    """
    What the backfill of *table* is going to cost. A few pages are read for it, and transform is called for their items.

    Raises:
        LockLost, StopRequested: As transform, or the run, raised it.
        KeyboardInterrupt: Somebody interrupts it.
    """
    if waits_for := _waits_for(options, ctx):
        return Unknown(f"{waits_for}, and nothing is read meanwhile")
    try:
        return _of(take(options, ctx, table, transport), options, ctx, table)
    except (LockLost, StopRequested, KeyboardInterrupt):
        raise
    except NoSample as error:
        return Unknown(str(error))
    except ClientError as error:
        return Unknown(refusal(error, table.name).message.rstrip("."))
    except MigrationsError as error:
        return Unknown(error.message.rstrip("."))
    # The backfill is going to meet it too, and says it in its own words.
    except BaseException as error:  # noqa: BLE001 - whatever a transform raises
        return Unknown(describe_error(error).rstrip("."))


def _waits_for(options: Options, ctx: Context) -> str:
    """Why it would not read now, in words; empty: it would."""
    alarm = alarm_before(options, ctx)
    if alarm:
        return f"the alarm {alarm} is in ALARM"
    return PAUSED if ctx.paused else ""


def _of(sample: Sample, options: Options, ctx: Context, table: Table) -> Estimate:
    times = sample.items / sample.scanned if sample.scanned else 0.0
    # There may have been no time to judge all.
    judged = times * sample.matched / sample.judged if sample.judged else 0.0
    own: dict[str, float] = {"": 0.0}
    elsewhere = 0.0
    for (name, index), units in sample.units.items():
        if name == table.name:
            own[index] = own.get(index, 0.0) + units * judged
        else:
            elsewhere += units * judged
    size = _bytes(sample, options, table)
    matching = sample.matched / sample.scanned if sample.scanned else 1.0
    reads = _read_units(size, sample.items, matching, segments_for(options, table), consistent=table.consistent)
    return Estimate(
        items=sample.items,
        bytes=size,
        written=sample.written * judged,
        read_units=reads,
        write_units=own,
        elsewhere=elsewhere,
        copies=1 + len(table.replicas),
        minutes=_minutes(options, ctx, table, reads, Spent(sum(own.values()) + elsewhere, own, elsewhere)),
        prices=Prices.of(table, ctx.runtime.prices),
        sampled=None if sample.whole and sample.judged == sample.matched else sample.judged,
    )


def _bytes(sample: Sample, options: Options, table: Table) -> float:
    """What all items have that are read: as the service counted, unless all of all of them was looked at."""
    seen_whole = sample.matched == sample.judged == sample.scanned and options.projection is None
    if seen_whole and sample.whole:
        return sample.read_bytes
    if table.bytes and table.items:
        return table.bytes / table.items * sample.items
    seen = sample.read_bytes if seen_whole else sample.scanned_bytes
    return seen / sample.scanned * sample.items if sample.scanned else 0.0


def _read_units(size: float, items: float, matching: float, segments: int, *, consistent: bool) -> float:
    """Each page is rounded up; each segment has one at least."""
    pages = max(segments * max(math.ceil(items / segments / items_a_page(matching)), 1), size / _LARGEST_PAGE)
    page = max(size / pages / _UNIT_BYTES + 0.5, 1.0)
    return pages * page * (1.0 if consistent else 0.5)


def _minutes(options: Options, ctx: Context, table: Table, reads: float, writes: Spent) -> float:
    budgets = Budgets.of(options, table, ctx, segments=1)
    # A local index has no capacity of its own.
    place = options.index if options.index in table.read_units else ""
    spent = {budgets.reads: Spent(reads, {place or "": reads}, 0.0), budgets.writes: writes}
    return max(budget.ceiling.costs(units) / budget.ceiling.units for budget, units in spent.items()) / 60


def money(dollars: float) -> str:
    """*dollars*, with as many digits as a small sum needs."""
    if not dollars or dollars >= _CENT:
        return f"${dollars:,.2f}"
    return f"${dollars:.2g}" if dollars >= _LEAST_TOLD else f"less than ${_LEAST_TOLD:g}"


def _size(item: float) -> str:
    return f"{item / _KB:,.1f} KB each" if item >= _KB else f"{item:,.0f} bytes each"


def _time(minutes: float) -> str:
    if minutes < 1:
        return counted(max(math.ceil(minutes * 60), 1), "second")
    if minutes < 120:
        return counted(round(minutes), "minute")
    return f"{minutes / 60:,.1f} hours"


def _shown(number: float, digits: int) -> float:
    """For a reader: without a point where there is nothing behind it."""
    rounded = round(float(number), digits)
    return int(rounded) if rounded.is_integer() else rounded
