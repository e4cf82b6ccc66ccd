"""The lock of a run that a fleet works on, as one of its workers has it."""

from __future__ import annotations

import logging
from typing import Any, Final

from ..clock import Clock, Ticker
from ..contract import LockAttr
from ..error_text import describe_error
from ..errors import LockLost, MigrationsError
from ..fleet import FleetStatus
from ..lock_loss import LossCause, Lost
from ..log import log_event
from ..rate_order import RateOrder
from ..targets.lock_status import LockStatus
from .lock.status import look
from .state_tables import StateTable

# How often a worker looks what is asked of it, and what the others do.
_LOOK_SECONDS: Final = 2.0
_logger = logging.getLogger(__name__)


class FleetLock:
    """
    It belongs to the fleet as a whole, under the token with which the run was handed over, until that is another one.

    Args:
        found: The lock's item as it was when the worker began.
    """

    def __init__(self, client: Any, table: StateTable, found: LockStatus, clock: Clock) -> None:
        self._client = client
        self.table = table
        self.clock = clock
        self._token = found.owner
        self._seen = found
        self._loss: Lost | None = None
        self._ticker = Ticker(clock, _LOOK_SECONDS, at_once=True)

    @property
    def token(self) -> str:
        return self._token

    @property
    def seen(self) -> LockStatus:
        """The item, as it was when it was looked at last."""
        return self._seen

    @property
    def fleet(self) -> FleetStatus:
        """What the fleet says of itself."""
        return self._seen.fleet or FleetStatus()

    @property
    def lost(self) -> bool:
        return self._loss is not None

    @property
    def loss(self) -> Lost | None:
        return self._loss

    @property
    def stop_reason(self) -> str | None:
        """Why somebody asked the run to stop, or that another worker failed."""
        if self._seen.stop is None and self.fleet.failure is not None:
            return "another worker of the fleet failed"
        return self._seen.stop

    @property
    def paused(self) -> bool:
        return self._seen.paused

    @property
    def rate(self) -> RateOrder | None:
        return self._seen.rate

    @property
    def continuation(self) -> None:
        """A worker hands nothing over."""
        return

    def hand_over(self, _continuation: object, *, until: float) -> None:
        raise MigrationsError(f"A worker of a fleet can't hand its run over (until {until}).")

    def find_out(self) -> None:
        """It is the fleet's: a worker has nothing to give back."""

    def look_if_due(self) -> bool:
        """`look`, every few seconds, however often this is called; returns whether it did. What goes wrong is logged."""
        if not self._ticker.due:
            return False
        self._ticker.reset()
        try:
            self.look()
        except Exception as error:  # noqa: BLE001 - the next look may succeed, and whatever is written is fenced
            sentence = f"A worker could not look at its fleet: {describe_error(error)}"
            log_event(_logger, logging.WARNING, "fleet.not_read", sentence, error=describe_error(error))
            return False
        return True

    def look(self) -> None:
        """
        Read the item.

        Raises:
            StateMissing: The table is not there.
        """
        found = look(self._client, self.table, self._seen.lock_id, self.clock)
        if found is None or found.owner != self._token:
            self.refused(found)
            return
        self._seen = found

    def refused(self, found: LockStatus | None) -> None:
        """Note that it is the fleet's no more: it is *found*'s, or, None, nobody's."""
        if self._loss is None:
            self._loss = Lost(
                cause=LossCause.FREED if found is None else LossCause.TAKEN,
                by=found.holder if found is not None else "",
                since=found.acquired_at if found is not None else None,
                goes_on=found is not None and found.run_id == self._seen.run_id,
            )

    def require(self) -> None:
        """
        Raises:
            LockLost: It is known to be the fleet's no more.
        """
        if self._loss is not None:
            raise LockLost.through(self._loss, "The fleet is over, so this worker recorded nothing more.")

    def condition(self) -> dict[str, Any]:
        """The ``ConditionCheck`` that lets a transaction through only while it is the fleet's."""
        return {"ConditionCheck": self.conditional()}

    def conditional(self) -> dict[str, Any]:
        """The condition that it is the fleet's, as part of any action on its item."""
        return {
            "TableName": self.table.name,
            "Key": self.table.key(self._seen.lock_id),
            "ConditionExpression": "#owner = :owner",
            "ExpressionAttributeNames": {"#owner": LockAttr.OWNER.value},
            "ExpressionAttributeValues": {":owner": {"S": self._token}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
