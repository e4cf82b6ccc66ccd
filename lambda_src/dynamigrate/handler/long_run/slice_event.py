"""The event that the state machine calls the function with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ...commands.errors import InvalidArgument

_KEY: Final = "slice"
_WORKER_KEY: Final = "worker"


@dataclass(frozen=True)
class SliceEvent:
    """
    What the state machine calls the function with.

    Attributes:
        after_fleet: The workers of the run's fleet have ended.
    """

    run_id: str
    after_fleet: bool = False

    @staticmethod
    def is_one(event: object) -> bool:
        return isinstance(event, dict) and event.keys() == {_KEY}

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """
        Raises:
            InvalidArgument: It names no run.
        """
        match event[_KEY]:
            case {"runId": str(run_id), **more} if run_id:
                return cls(run_id, after_fleet=more.get("afterFleet") is True)
        raise _invalid(_KEY)


@dataclass(frozen=True)
class WorkerEvent:
    """
    What the state machine calls each worker of a fleet with.

    Attributes:
        migration: The detached one that the run is of; empty: it is none.
    """

    run_id: str
    number: int
    migration: str = ""

    @staticmethod
    def is_one(event: object) -> bool:
        return isinstance(event, dict) and event.keys() == {_WORKER_KEY}

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """
        Raises:
            InvalidArgument: It names no worker of a run.
        """
        match event[_WORKER_KEY]:
            case {"runId": str(run_id), "number": number, **more} if run_id and type(number) is int and number >= 0:
                return cls(run_id, number, str(more.get("migration") or ""))
        raise _invalid(_WORKER_KEY)


def _invalid(key: str) -> InvalidArgument:
    return InvalidArgument(
        f"This is no event of the state machine, although it has {key}.",
        next_step="Nothing was done: only the state machine sends these.",
    )
