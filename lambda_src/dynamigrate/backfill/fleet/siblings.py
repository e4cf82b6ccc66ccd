"""What the workers of a fleet tell each other: how much they could use of the rate, what they consumed, what alarms say."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from ...clock import Ticker
from ...error_text import describe_error
from ...errors import LockLost
from ...log import log_event
from ...targets.fleets import NO_PARTS
from ..alarm_watch import AlarmWatch
from ..capacity.budgets import Budgets
from ..capacity.shares import FleetShares

if TYPE_CHECKING:
    from ...context import Context
    from ...targets.fleets import Member

# What was consumed is looked at by the minute.
_CONSUMPTION_SECONDS: Final = 30.0
_logger = logging.getLogger(__name__)


class Siblings:
    """
    Has this worker take its share of the rate, count what the others consume as the fleet's own, and know what they saw of
    the alarms that the fleet waits for.

    Each worker keeps what it consumed as one part more, behind the segments and what was consumed before the fleet.
    """

    def __init__(
        self, ctx: Context, member: Member, budgets: Budgets, alarms: AlarmWatch, *, table: str, token: str
    ) -> None:
        self._ctx = ctx
        self._member = member
        self._alarms = alarms
        self._table = table
        self._token = token
        self._clock = ctx.runtime.clock
        self._shares = FleetShares(
            budgets.both, number=member.number, workers=member.fleet.workers, clock=ctx.runtime.clock
        )
        self._counts = bool(budgets.measured) and ctx.runtime.meter is not None and member.fleet.workers > 1
        self._ticker = Ticker(self._clock, _CONSUMPTION_SECONDS, at_once=True)
        self._before = member.fleet.parts
        self._own = self._before + 1 + member.number

    def begin(self) -> None:
        """
        Go on from what an earlier process of this worker consumed.

        Raises:
            LockLost: The fleet is over.
        """
        if not self._counts:
            return
        parts = self._member.parts([self._own])
        self._member.claim(parts)
        with suppress(TypeError, ValueError):
            self._ctx.runtime.own_consumption.restore(self._table, self._consumed(parts[self._own].cursor))

    def poll(self) -> None:
        """Call this often: the others are looked at every few seconds."""
        asked = self._clock.monotonic()
        if self._member.look_if_due():
            words = {str(number): word.partition(" ")[2] for number, word in self._member.status.workers.items()}
            self._shares.see(words, asked=asked)
            self._alarms.hear(words.values())
        self._shares.poll()
        if self._counts and self._ticker.due:
            self._exchange()

    def say(
        self, *, cursors: Mapping[int, Any] = NO_PARTS, counted: Mapping[int, Mapping[str, float]] = NO_PARTS
    ) -> set[int]:
        """
        Save what is new, as `Member.save` has it, with what this worker could use.

        Args:
            counted: What is new in each of the segments.

        Raises:
            LockLost: The fleet is over.
        """
        demand, sent = self._shares.demand(), self._clock.monotonic()
        word = f"{self._clock.time():.0f} {demand.text} {self._alarms.word}".rstrip()
        lost = self._member.save(cursors, {}, word, by_part=counted)
        self._shares.said(demand, sent=sent)
        return lost

    def _exchange(self) -> None:
        """Tell what this worker consumed, and take what the others did. What goes wrong is logged."""
        self._ticker.reset()
        own, now = self._ctx.runtime.own_consumption, self._clock.time()
        told = {"token": self._token, "consumed": own.kept(self._table), "told": now + own.ahead}
        numbers = [self._before + place for place in range(self._member.fleet.workers + 1)]
        try:
            self.say(cursors={self._own: told})
            parts = self._member.parts([number for number in numbers if number != self._own])
        except LockLost:
            raise
        except Exception as error:  # noqa: BLE001 - at worst it is taken for others' use
            sentence = f"What the fleet consumed could not be exchanged: {describe_error(error)}"
            log_event(_logger, logging.WARNING, "fleet.not_read", sentence, error=describe_error(error))
            return
        at_work = {self._before + 1 + number for number in self._member.active()}
        until = [
            float(part.cursor["told"])
            for number, part in parts.items()
            if number in at_work and isinstance(part.cursor, dict) and "told" in part.cursor
        ]
        with suppress(TypeError, ValueError):
            kept = [self._consumed(part.cursor) for part in parts.values()]
            own.hear(self._table, kept, until=min(until, default=now + own.ahead))

    def _consumed(self, cursor: Any) -> list[Any]:
        ours = isinstance(cursor, dict) and cursor.get("token") == self._token
        return list(cursor.get("consumed", ())) if ours else []
