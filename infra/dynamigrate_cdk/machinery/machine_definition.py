"""What the state machine does, in the Amazon States Language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dynamigrate.contract import SliceStatus

_RUN_ID: Final = {"runId.$": "$$.Execution.Name"}
# Of a detached migration: a run may have several executions, one after the other.
_DETACHED_RUN: Final = {"runId.$": "$$.Execution.Input.runId", "migration.$": "$$.Execution.Input.migration"}
_ALL: Final = ["States.ALL"]
# Lambda had no room, or did not get to it: the run is as it was.
_LAMBDA_IS_BUSY: Final = {
    "ErrorEquals": [
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 6,
}
# The same for a detached migration: nobody waits for it, so it waits for almost an hour, about as long as its lock does.
_PATIENT: Final = {**_LAMBDA_IS_BUSY, "MaxAttempts": 55, "MaxDelaySeconds": 60}
# A slice that died is gone on with by the next one, as long as they do not die one after the other.
_ANYTHING: Final = {"ErrorEquals": _ALL, "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3}
# One lease of the lock: by then a slice that died is told from one that is at work.
_WAIT_SECONDS: Final = 20
# A worker that is not wanted just now, or finds that another call has its number.
_WORKER_WAIT_SECONDS: Final = 10
# What the executions of workers are called by; part of their ARNs.
FLEET_LABEL: Final = "Fleet"


def definition(
    *,
    partition: str,
    function_arn: str,
    responder_arn: str,
    timeout_seconds: int | None,
    comment: str,
    detached: bool = False,
) -> dict[str, Any]:
    """
    Slice after slice, until one says that the run is over; with workers beside each other, where one says so.

    Nothing but the run's id, which is the execution's name, and a worker's number goes in, and nothing but the slice's
    status and the numbers of workers comes out: what the run needs to know is with its lock. Where slices end without a
    word, the responder answers whoever waits.

    Args:
        timeout_seconds: How long an execution may take; None: as long as Step Functions allows.
        detached: It is for detached migrations, each in a run of its own.
    """
    run = _DETACHED_RUN if detached else _RUN_ID
    calls = _Calls(
        f"arn:{partition}:states:::lambda:invoke", function_arn, run, _PATIENT if detached else _LAMBDA_IS_BUSY
    )
    return {
        "Comment": comment,
        "StartAt": "Slice",
        **({} if timeout_seconds is None else {"TimeoutSeconds": timeout_seconds}),
        "States": {
            "Slice": calls.slice({}),
            "Status": {
                "Type": "Choice",
                "Choices": [
                    _choice(SliceStatus.MORE, "Slice"),
                    _choice(SliceStatus.WAIT, "Wait"),
                    _choice(SliceStatus.FLEET, "Fleet"),
                    _choice(SliceStatus.FAILED, "Failed"),
                ],
                "Default": "Done",
            },
            "Wait": {"Type": "Wait", "Seconds": _WAIT_SECONDS, "Next": "Slice"},
            "Fleet": _fleet(calls),
            # Takes the run up again, whatever has become of the workers: their own record tells it.
            "AfterFleet": calls.slice({"afterFleet": True}),
            "Done": {"Type": "Succeed"},
            "Failed": {
                "Type": "Fail",
                "Error": "RunFailed",
                "Cause": "The run failed, and whoever waited for it was told why. It is in the function's log, too.",
            },
            "GaveUp": {
                "Type": "Task",
                "Resource": calls.resource,
                "Parameters": {
                    "FunctionName": responder_arn,
                    "Payload": {"gaveUp": {**run, "error.$": "$.error.Error", "cause.$": "$.error.Cause"}},
                },
                # Beside the error, which GivenUp shows.
                "ResultPath": "$.answer",
                "Retry": [_LAMBDA_IS_BUSY, _ANYTHING],
                # The rule on executions that failed calls the responder once more.
                "Catch": [{"ErrorEquals": _ALL, "ResultPath": "$.answer", "Next": "GivenUp"}],
                "Next": "GivenUp",
            },
            "GivenUp": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"},
        },
    }


@dataclass(frozen=True)
class _Calls:
    """The calls of the function."""

    resource: str
    function_arn: str
    run: Mapping[str, str]
    when_busy: Mapping[str, Any]

    def slice(self, more: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._call({"slice": {**self.run, **more}}),
            "ResultSelector": {"status.$": "$.Payload.status", "workers.$": "$.Payload.workers"},
            "Catch": [{"ErrorEquals": _ALL, "ResultPath": "$.error", "Next": "GaveUp"}],
            "Next": "Status",
        }

    def worker(self) -> dict[str, Any]:
        return {
            **self._call({"worker.$": "$.worker"}),
            "ResultSelector": {"status.$": "$.Payload.status"},
            # Beside run and number, for the next call.
            "ResultPath": "$.answer",
            "Catch": [{"ErrorEquals": _ALL, "ResultPath": None, "Next": "WorkerLost"}],
            "Next": "WorkerStatus",
        }

    def _call(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": self.resource,
            "Parameters": {"FunctionName": self.function_arn, "Payload": payload},
            "Retry": [self.when_busy, _ANYTHING],
        }


def _fleet(calls: _Calls) -> dict[str, Any]:
    """
    An execution of its own for each worker: their numbers say how many there are.

    What fails of it fails nothing here: the run's record tells what is done and what is left.
    """
    return {
        "Type": "Map",
        "Label": FLEET_LABEL,
        "ItemsPath": "$.workers",
        "ItemSelector": {"worker": {**calls.run, "number.$": "$$.Map.Item.Value"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Worker",
            "States": _worker_states(calls),
        },
        "ToleratedFailurePercentage": 100,
        "ResultPath": None,
        "Catch": [{"ErrorEquals": _ALL, "ResultPath": None, "Next": "AfterFleet"}],
        "Next": "AfterFleet",
    }


def _worker_states(calls: _Calls) -> dict[str, Any]:
    """Call after call of one worker. No two states of a machine have the same name, not even in a map."""
    return {
        "Worker": calls.worker(),
        "WorkerStatus": {
            "Type": "Choice",
            "Choices": [
                _choice(SliceStatus.MORE, "Worker", "$.answer.status"),
                _choice(SliceStatus.WAIT, "WorkerWait", "$.answer.status"),
            ],
            "Default": "WorkerDone",
        },
        "WorkerWait": {"Type": "Wait", "Seconds": _WORKER_WAIT_SECONDS, "Next": "Worker"},
        "WorkerDone": {"Type": "Succeed"},
        # The next fleet takes over what it had.
        "WorkerLost": {"Type": "Pass", "End": True},
    }


def _choice(status: SliceStatus, following: str, variable: str = "$.status") -> dict[str, str]:
    return {"Variable": variable, "StringEquals": status.value, "Next": following}
