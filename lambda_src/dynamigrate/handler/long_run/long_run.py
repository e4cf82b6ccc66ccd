"""Continues a run in the state machine once this invocation runs out of time."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ...continuation import EXECUTION, REQUEST_ID, Continuation
from ...contract import GRACE_SECONDS
from ...error_text import describe_error
from ...log import counted, log_event
from ...targets import HeldLock
from ..cloudformation.request import ResourceRequest
from ..invocation import Invocation

if TYPE_CHECKING:
    from ..setup import Setup

# A note with the continuation: the digest of the code that began it. Another code's plan is not this run's.
CODE: Final = "code"


class LongRun:
    """
    One invocation's run, as something that may go on in the state machine.

    Args:
        request: The event of CloudFormation's that the run's end answers; None: nobody waits for an answer.
        notes: What the next invocation needs to know beside what the engine tells it.
    """

    def __init__(
        self,
        setup: Setup,
        invocation: Invocation,
        *,
        request: ResourceRequest | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        self._setup = setup
        self._invocation = invocation
        self._request = request
        self._notes = notes or {}

    def continue_elsewhere(self, lock: HeldLock, continuation: Continuation) -> str:
        """
        Hand the run over to the next slice, as `Runtime.continue_elsewhere` has it.

        Raises:
            LockLost, StopRequested: As `HeldLock.hand_over` has it.
            Exception: What keeps the state machine from going on; nothing was handed over.
        """
        if EXECUTION not in continuation.notes:
            continuation = self._begin(lock, continuation)
        else:
            self._hand_over(lock, continuation)
        execution, fleet = continuation.notes[EXECUTION], continuation.fleet
        sentence = (
            f"The time of this invocation is up: the run goes on in the state machine, as slice {continuation.slice + 1}."
            if fleet is None
            else f"The run goes on in the state machine, with {counted(fleet.workers, 'worker')} beside each other."
        )
        log_event(
            self._setup.logs.events,
            logging.INFO,
            "run.handed_over",
            sentence,
            slice=continuation.slice,
            execution=execution,
            seconds=self._invocation.elapsed,
        )
        return f"the state machine, execution {execution}"

    def _begin(self, lock: HeldLock, continuation: Continuation) -> Continuation:
        """
        Hand it over for the first time.

        The event is kept before anybody could need it, and the machine started before the lock is given away: should
        this process die in between, the lock is its own, and frees itself as ever; the first slice finds nothing that
        was handed over, and ends.
        """
        setup, run_id = self._setup, continuation.run.id
        self._keep(run_id)
        try:
            execution = start(setup.clients.stepfunctions, setup.settings.machine_arn, run_id)
            continuation = replace(
                continuation,
                notes={
                    **self._notes,
                    CODE: setup.source.manifest().digest,
                    EXECUTION: execution,
                    REQUEST_ID: "" if self._request is None else self._invocation.request_id or run_id,
                },
            )
            self._hand_over(lock, continuation)
        except BaseException:
            self._forget(run_id)
            raise
        return continuation

    def _hand_over(self, lock: HeldLock, continuation: Continuation) -> None:
        lock.hand_over(continuation, until=continuation.ends + GRACE_SECONDS)

    def _keep(self, run_id: str) -> None:
        if self._request is None:
            return
        try:
            self._setup.kept_events.keep(run_id, self._request)
        except Exception as error:
            # It may be there, and the answer was lost. Where there is no way to Parameter Store it is not, and no time
            # to find that out once more.
            if not _reached_nobody(error):
                self._forget(run_id)
            raise

    def _forget(self, run_id: str) -> None:
        if self._request is None:
            return
        try:
            self._setup.kept_events.forget(run_id)
        except Exception as error:  # noqa: BLE001 - what went wrong before matters more
            log_event(
                self._setup.logs.events,
                logging.WARNING,
                "event.not_forgotten",
                f"CloudFormation's event could not be deleted from Parameter Store: {describe_error(error)}",
                error=describe_error(error),
            )


def _reached_nobody(error: BaseException) -> bool:
    """Whether the request can't have been sent: there is no way to the service, as in a VPC without an endpoint for it."""
    from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

    return isinstance(error, ConnectTimeoutError | EndpointConnectionError)


def start(client: Any, machine_arn: str, run_id: str) -> str:
    """
    Start the machine for that run, once however often this is called; returns the execution's ARN.

    Raises:
        Exception: Whatever Step Functions raised.
    """
    try:
        started: str = client.start_execution(stateMachineArn=machine_arn, name=run_id, input="{}")["executionArn"]
    except client.exceptions.ExecutionAlreadyExists:
        # An earlier try of this very request, whose answer was lost: nobody else has this run's id.
        return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{run_id}"
    return started
