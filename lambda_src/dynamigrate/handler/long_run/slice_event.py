"""The event that the state machine calls the function with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ..errors import InvalidArgument

_KEY: Final = "slice"


@dataclass(frozen=True)
class SliceEvent:
    """What the state machine calls the function with."""

    run_id: str

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
            case {"runId": str(run_id)} if run_id:
                return cls(run_id)
        raise InvalidArgument(
            f"This is no event of the state machine, although it has {_KEY}.",
            next_step="Nothing was done: only the state machine sends these.",
        )
