"""
The function of a dashboard's widget: any event is answered with what there is to see, and nothing is ever changed.

It is a function of its own, with a role that may read the tables of the state and nothing else, so that whoever may look
at a dashboard need not be able to reset a history.
"""

from __future__ import annotations

import logging
import os
import time
from functools import cache
from typing import Any

from ...log import log_event
from ...widget import DESCRIPTION, Parameters, Viewer, fault, page
from ..setup import Setup
from .others import Others
from .own import own_answers, told

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
    given = event if isinstance(event, dict) else {}
    if given.get("describe") is True:
        return {"markdown": DESCRIPTION}
    viewer = Viewer.read(given.get("widgetContext"))
    try:
        if given.get("answers") is True:
            return own_answers(context, setup)
        parameters = Parameters.read(given)
        with Others(parameters.functions, setup.clients) as others:
            own = own_answers(context, setup, runs=parameters.runs)
            beside = others.answers()
        return str(
            page(
                own, viewer, now=time.time(), endpoint=told(setup, "function_arn"), parameters=parameters, beside=beside
            )
        )
    except Exception as error:  # noqa: BLE001 - a dashboard shows what is returned, and of an exception next to nothing
        return _failed(error, viewer, setup)


def _failed(error: Exception, viewer: Viewer, setup: Setup) -> str:
    """That, in the widget and in the log. The error's own words are in the log alone: they may have anything in them."""
    kind = type(error).__name__
    message = f"The widget could not show the history: {kind}."
    log_event(setup.logs.events, logging.ERROR, "widget.failed", message, exc_info=True, error_type=kind)
    return str(fault(message, "Its log has the traceback.", viewer))


@cache
def _setup() -> Setup:
    return Setup(os.environ)
