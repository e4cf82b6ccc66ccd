"""The states of migrations, as they are told and drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from .markup import Html, element
from .palette import STATES
from .part import Part

# What is found of a dirty migration whose run holds the lock: it is well, as far as anybody can see.
UNDER_WAY: Final = "running"
# What a run goes on with by itself, without a repair.
_BY_URGENCY: Final = ("dirty", "running", "pending", "held", "missing", "applied")
GOES_ON: Final = frozenset({"stopped at its checkpoint", "not begun", "runs again"})


@dataclass(frozen=True)
class History:
    """
    What is known of a history, as it is shown.

    Attributes:
        name: The stack's name, and the path of the construct in it; empty: not known.
        status: The answer to ``status``.
        runs: Those of the answer to ``history``, newest first.
    """

    name: str
    status: Part
    runs: tuple[Part, ...]

    @classmethod
    def read(cls, answers: object) -> History:
        """From what a widget's function answers to ``{"answers": true}``."""
        given = Part(answers)
        return cls(name=given.text("history"), status=given.part("status"), runs=given.parts("runs"))

    @property
    def is_known(self) -> bool:
        """Whether the status could be told."""
        return self.status.flag("ok")

    @cached_property
    def under_way(self) -> Mapping[str, Part]:
        """Those that are at work, in the run that holds the lock or in one of their own, by id."""
        mine = [one for one in self.status.parts("dirty") if one.text("found") == UNDER_WAY]
        return {one.text("migration"): one for one in (*mine, *self.status.parts("running"))}

    @cached_property
    def dirty(self) -> tuple[Part, ...]:
        """Those that began, did not finish, and are at work in no run."""
        return tuple(one for one in self.status.parts("dirty") if one.text("found") != UNDER_WAY)

    @cached_property
    def migrations(self) -> tuple[Part, ...]:
        """All of them, oldest first."""
        return self.status.parts("migrations")

    def state(self, row: Part) -> str:
        """The state of one of *migrations*; what no version of ours calls one is ``missing``."""
        if row.text("id") in self.under_way:
            return "running"
        state = row.text("state")
        return state if state in STATES else "missing"

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many are in each state; those in which none is are left out."""
        states = [self.state(row) for row in self.migrations]
        return {one: states.count(one) for one in STATES if one in states}

    def described(self, migration: str) -> str:
        """What the migration with that id is called; empty: nobody says."""
        return next((row.text("description") for row in self.migrations if row.text("id") == migration), "")

    def in_order(self) -> Iterator[tuple[str, Part]]:
        """Each with its state, by how much that matters; of the same state the newest first."""
        rows = [(self.state(row), row) for row in reversed(self.migrations)]
        for state in _BY_URGENCY:
            yield from (one for one in rows if one[0] == state)


def pill(state: str, word: str = "") -> Html:
    """The state in its colour, and in a word."""
    return element("span", word or state, css=f"pill {state}")


def dot(state: str, size: int = 10) -> Html:
    """The state as a spot of its colour."""
    half = str(size / 2)
    return element(
        "svg",
        element("rect", css=state, x="0", y="0", width=str(size), height=str(size), rx=half),
        width=str(size),
        height=str(size),
        view_box=f"0 0 {size} {size}",
        aria_hidden="true",
    )
