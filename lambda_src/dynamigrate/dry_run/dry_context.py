"""What a function is given in a dry run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from botocore.client import BaseClient

from ..context import Context, Environment
from ..plan import Action
from ..read_only import ReadOnlyClient
from ..rehearsal import Rehearsal
from .item_answers import LOCK

if TYPE_CHECKING:
    from ..targets import HeldLock, Target

_OURS: Final = "dynamigrate."


class DryContext(Context):
    """
    All of a `Context`. What it keeps goes nowhere, and what it says of the lock holds nobody up.

    Attributes:
        asked: Whether the function itself asked if it may write, and goes by that.
    """

    def __init__(
        self,
        environment: Environment,
        action: Action,
        *,
        target: Target,
        lock: HeldLock,
        record_id: str,
        run_id: str,
        checkpoint: Any,
        stop: Callable[[], str | None],
        rehearsal: Rehearsal,
    ) -> None:
        self.asked = False
        super().__init__(
            environment,
            target=target,
            lock=lock,
            migration=action.migration,
            record_id=record_id,
            run_id=run_id,
            checkpoint=checkpoint,
            stop=stop,
            direction=action.direction,
            dry_run=True,
        )
        self.runtime.rehearsal = rehearsal

    @property
    def dry_run(self) -> bool:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        self.asked = self.asked or not str(caller).startswith(_OURS)
        return True

    @dry_run.setter
    def dry_run(self, value: bool) -> None:
        """It is always set."""

    @property
    def dynamodb(self) -> Any:
        client = super().dynamodb
        if isinstance(client, BaseClient):
            return client
        # What it sends is seen by nobody.
        return ReadOnlyClient(
            lambda: client,
            advice="Give the migrations a client of boto3's.",
            who="the migration",
            rule="this is a dry run, which can't answer for a client that is none of boto3's",
        )

    def progress(self, /, done: float, total: float, **figures: float) -> None:
        """Nobody waits for it."""

    def lock_condition(self) -> dict[str, Any]:
        return {
            "ConditionCheck": {
                "TableName": LOCK,
                "Key": {"ID": {"S": self.run_id}},
                "ConditionExpression": "attribute_exists(ID)",
            }
        }
