"""What may be spent in one direction, and what is."""

from __future__ import annotations

from ...clock import Clock
from ...consumption import Kind, OwnConsumption
from .rate_limiter import RateLimiter, Reservation
from .units import Ceiling, Spent


class Budget:
    """
    Reads, or writes; threads share it.

    Attributes:
        pace: Where a request gets its turn.
    """

    def __init__(
        self,
        kind: Kind,
        ceiling: Ceiling,
        *,
        table: str,
        clock: Clock,
        own_consumption: OwnConsumption,
        segments: int = 1,
    ) -> None:
        self.kind: Kind = kind
        self.pace = RateLimiter(clock, ceiling=ceiling.units, segments=segments)
        self._ceiling = ceiling
        self._table = table
        self._clock = clock
        self._own_consumption = own_consumption

    @property
    def ceiling(self) -> Ceiling:
        return self._ceiling

    @ceiling.setter
    def ceiling(self, ceiling: Ceiling) -> None:
        self._ceiling = ceiling
        self.pace.limit(ceiling.units)

    def settle(self, turn: Reservation, spent: Spent | None, pieces: int, *, sent: float) -> None:
        """
        Replace what was set aside for *turn* by what was *spent* for *pieces*; None: the service did not say.

        Args:
            sent: When the request was sent, by the wall clock; its answer is there now.
        """
        if spent is None:
            self.pace.settle(turn, None, pieces)
            return
        self.pace.settle(turn, self._ceiling.costs(spent), pieces)
        self._own_consumption.note(self._table, self.kind, spent.each, sent=sent, answered=self._clock.time())

    def figures(self) -> dict[str, float]:
        """Rate and ceiling, in units a second, and what others use, where that is known."""
        ceiling = self._ceiling
        figures = {f"{self.kind}_rate": self.pace.rate, f"{self.kind}_ceiling": ceiling.units}
        if ceiling.others is not None:
            figures[f"others_{self.kind}"] = ceiling.others
        return {name: round(units, 1) for name, units in figures.items()}
