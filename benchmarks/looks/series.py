"""The backfill and the look over the same table, in turns."""

from __future__ import annotations

from dataclasses import dataclass

from .. import contenders, order
from ..machine import Machine
from ..results import Comparison
from ..scale import Scale
from ..stub import Stub
from ..turns import Say, Turn, take_turns

BACKFILL, LOOK = contenders.OUR_UPDATES, contenders.OUR_LOOK


@dataclass(frozen=True, kw_only=True)
class LookResults:
    """
    Attributes:
        items: Of the table.
        measured: Our backfill, and a look at what it wrote, against a stub that answers at once.
    """

    machine: Machine
    items: int
    measured: Comparison

    @property
    def rounds(self) -> int:
        return max(map(len, self.measured.measured.values()))


def measure_looks(scale: Scale, say: Say) -> LookResults:
    """Measure both in rounds, in each of which each has a turn."""
    machine = Machine.here()
    with Stub.start() as stub:
        turns = [
            Turn(name=one.name, contender=one, stub=stub, items=scale.looked_at, kind=order.SMALL.name)
            for one in (BACKFILL, LOOK)
        ]
        found = take_turns(turns, scale.pairs, say)
    return LookResults(machine=machine, items=scale.looked_at, measured=Comparison(measured=found))
