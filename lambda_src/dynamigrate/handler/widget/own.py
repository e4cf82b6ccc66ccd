"""What this function knows of its own history."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, Literal

from ...commands import registry
from ...errors import InvalidSetting
from ...targets import StateTarget
from ..front_door import LambdaDoor
from ..invocation import Invocation
from ..setup import Setup

# Those that others show of this history.
_RUNS: Final = 10


class LookingDoor(LambdaDoor):
    """A door for commands that look, whose requests give up in seconds: somebody waits before a dashboard."""

    @cached_property
    def target(self) -> StateTarget:
        return self._setup.brief_target(self._invocation)


def own_answers(context: Any, setup: Setup, *, runs: int = _RUNS) -> dict[str, Any]:
    """
    ``{"history": its name, "status": the answer to status, "runs": those of the answer to history}``.

    Args:
        runs: How many, the newest first.
    """
    invocation = Invocation.begin(context)
    setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
    door = LookingDoor(setup, invocation)
    # First, as it is what says what is wrong with the settings.
    status = registry.respond({"action": "status"}, door)
    return {
        "history": told(setup, "history"),
        "status": status,
        # Its fault is the status's, which has told it.
        "runs": registry.respond({"action": "history", "n": runs}, door).get("runs", []) if runs else [],
    }


def told(setup: Setup, setting: Literal["history", "function_arn"]) -> str:
    """A setting; empty where one of them is impossible, which the status tells."""
    try:
        return str(getattr(setup.settings, setting))
    except InvalidSetting:
        return ""
