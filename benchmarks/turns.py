"""Measuring in rounds, in each of which everybody has a turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .child import run_module
from .contenders import Contender
from .stub import Stub
from .worker import Measurement

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """
    What is measured once a round.

    Attributes:
        name: What its measurements are found under.
        kind: What the name of the table begins with.
        warm_up: Items of the table before that one, to begin with; 0: none.
    """

    name: str
    contender: Contender
    stub: Stub
    items: int
    kind: str
    warm_up: int = 1_000

    def measure(self) -> Measurement:
        """In a process of its own."""
        table, warm_up = f"{self.kind}-{self.items}", f"{self.kind}-{self.warm_up}" if self.warm_up else ""
        return Measurement(**run_module("worker", self.contender.name, self.stub.endpoint, table, "--warm-up", warm_up))


def take_turns(turns: Sequence[Turn], rounds: int, say: Say) -> dict[str, list[Measurement]]:
    """
    Each round's measurement of each turn, by its name.

    Every round begins with another turn, so that nobody always follows the same one, or comes when the machine is warm.
    """
    found: dict[str, list[Measurement]] = {turn.name: [] for turn in turns}
    for number in range(rounds):
        first = number * len(turns) // rounds
        for turn in (*turns[first:], *turns[:first]):
            measured = turn.measure()
            found[turn.name].append(measured)
            others = f", others used {measured.others:.0%} of a core" if measured.is_disturbed else ""
            say(f"  {turn.contender.title}: {measured.cpu:.1f} µs an item, {measured.rate:,.0f} items/s{others}")
    return found
