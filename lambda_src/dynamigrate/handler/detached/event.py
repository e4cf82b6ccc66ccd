"""The event that the state machine of detached migrations calls the function with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ...commands.errors import InvalidArgument
from ...contract.names import is_id

_KEY: Final = "slice"
_MIGRATION: Final = "migration"


@dataclass(frozen=True)
class DetachedEvent:
    """
    One slice of the run of its own of a migration.

    Attributes:
        after_fleet: The workers of the run's fleet have ended.
    """

    run_id: str
    migration: str
    after_fleet: bool = False

    @staticmethod
    def is_one(event: object) -> bool:
        found = event[_KEY] if isinstance(event, dict) and event.keys() == {_KEY} else None
        return isinstance(found, dict) and _MIGRATION in found

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """
        Raises:
            InvalidArgument: It names no run, or no migration.
        """
        match event[_KEY]:
            case {"runId": str(run_id), "migration": migration, **more} if run_id and is_id(migration):
                return cls(run_id, str(migration), after_fleet=more.get("afterFleet") is True)
        raise InvalidArgument(
            f"This is no event of the state machine, although it has {_KEY}.",
            next_step="Nothing was done: only the state machine sends these.",
        )
