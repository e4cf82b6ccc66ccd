"""The function of a dashboard's widget: any event is answered with what there is to see, and nothing is ever changed."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from ...commands import registry
from ...widget import DESCRIPTION, fault, page
from ..front_door import LambdaDoor
from ..invocation import Invocation
from ..setup import Setup

__all__ = ["handle"]


def handle(event: object, context: Any) -> object:
    """
    Answer *event*; Lambda calls this.

    ``{"describe": true}`` is answered with markdown, ``{"answers": true}`` with what another widget shows of this history,
    and anything else with HTML, as a string. It never raises.
    """
    return answer(event, context, _setup())


def answer(event: object, context: Any, setup: Setup) -> object:
    """Do what `handle` does, with *setup*."""
    try:
        if isinstance(event, dict) and event.get("describe") is True:
            return {"markdown": DESCRIPTION}
        found = _answers(context, setup)
        return found if isinstance(event, dict) and event.get("answers") is True else page(found)
    except Exception as error:  # noqa: BLE001 - a dashboard shows what is returned, and of an exception next to nothing
        return fault(f"{type(error).__name__}")


def _answers(context: Any, setup: Setup) -> dict[str, Any]:
    """What this function knows of its history."""
    invocation = Invocation.begin(context)
    setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
    door = LambdaDoor(setup, invocation)
    return {
        "history": setup.settings.history,
        "status": registry.respond({"action": "status"}, door),
        "runs": registry.respond({"action": "history", "n": 10}, door).get("runs", []),
    }


@cache
def _setup() -> Setup:
    return Setup(os.environ)
