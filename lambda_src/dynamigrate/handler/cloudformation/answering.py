"""The last step of every event of CloudFormation's: that it is answered, whatever happened before."""

from __future__ import annotations

import logging

from ...log import log_event
from ..errors import NotSent
from ..invocation import Invocation
from ..setup import Setup
from .request import ResourceRequest
from .response import Answer, send


def send_answer(answer: Answer, request: ResourceRequest, invocation: Invocation, setup: Setup) -> bool:
    """Send *answer* to CloudFormation; returns whether it got there. Never raises."""
    log = setup.logs.events
    try:
        tries = send(request.response_url, answer.body(request), remaining=invocation.hard_end, sleep=setup.sleep)
    except NotSent as error:
        why = str(error)
    except BaseException as error:  # noqa: BLE001 - nothing may raise here, and its text may hold the address
        why = type(error).__name__
    else:
        log_event(
            log,
            logging.INFO,
            "answer.sent",
            f"CloudFormation was answered {answer.status}.",
            status=answer.status,
            tries=tries,
            seconds=invocation.elapsed,
        )
        return True
    log_event(
        log,
        logging.ERROR,
        "answer.not_sent",
        f"CloudFormation could not be answered {answer.status}: {why}. It waits until its timeout.",
        status=answer.status,
        error=why,
        seconds=invocation.elapsed,
    )
    return False
