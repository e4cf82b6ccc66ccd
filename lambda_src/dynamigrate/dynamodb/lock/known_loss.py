"""How a lock was lost, as far as its holder has found out."""

from __future__ import annotations

import logging
import threading
from typing import Final

from ...lock_loss import LossCause, Lost

_logger = logging.getLogger(__name__)

_OTHERS: Final = frozenset({LossCause.TAKEN, LossCause.FREED})


class KnownLoss:
    """
    One lock's.

    Args:
        about: What the line in the log says of the lock.

    Attributes:
        lost: How; None: it was not, as far as is known.
    """

    def __init__(self, about: dict[str, str]) -> None:
        self.lost: Lost | None = None
        self._about = about
        self._noticing = threading.Lock()

    @property
    def to_others(self) -> bool:
        """Whether others have it, or had it: there is nothing of ours to give back."""
        return self.lost is not None and self.lost.cause in _OTHERS

    @property
    def by_time_alone(self) -> bool:
        """Whether the lease was over, and nobody has been seen to have the lock since: it may be ours still."""
        return self.lost is not None and not self.to_others

    def notice(self, lost: Lost) -> None:
        """
        Keep it, and log it, the first time, however many threads notice. Who has the lock takes the place of what time
        alone had told, without a further line.
        """
        with self._noticing:
            first = self.lost is None
            if first or (self.by_time_alone and lost.cause in _OTHERS):
                self.lost = lost
        if first:
            lost.tell(_logger, **self._about)
