"""What the state machine does, in the Amazon States Language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dynamigrate.contract import SliceStatus

_RUN_ID: Final = {"runId.$": "$$.Execution.Name"}
# Of a detached migration: a run may have several executions, one after the other.
DETACHED_RUN: Final = {"runId.$": "$$.Execution.Input.runId", "migration.$": "$$.Execution.Input.migration"}
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
# A slice that died is gone on with by the next one, as long as they do not die one after the other.
_ANYTHING: Final = {"ErrorEquals": _ALL, "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 3}
# One lease of the lock: by then a slice that died is told from one that is at work.
_WAIT_SECONDS: Final = 20


def definition(
    *,
    partition: str,
    function_arn: str,
    responder_arn: str,
    timeout_seconds: int | None,
    comment: str,
    run: Mapping[str, str] = _RUN_ID,
) -> dict[str, Any]:
    """
    Slice after slice, until one says that the run is over.

    Nothing but the run's id, which is the execution's name, goes in, and nothing but the slice's status comes out: what
    the run needs to know is with its lock. Where slices end without a word, the responder answers whoever waits.

    Args:
        timeout_seconds: How long an execution may take; None: as long as Step Functions allows.
        run: By which function and responder are told the run.
    """
    invoke = f"arn:{partition}:states:::lambda:invoke"
    return {
        "Comment": comment,
        "StartAt": "Slice",
        **({} if timeout_seconds is None else {"TimeoutSeconds": timeout_seconds}),
        "States": {
            "Slice": {
                "Type": "Task",
                "Resource": invoke,
                "Parameters": {"FunctionName": function_arn, "Payload": {"slice": {**run}}},
                "ResultSelector": {"status.$": "$.Payload.status"},
                "Retry": [_LAMBDA_IS_BUSY, _ANYTHING],
                "Catch": [{"ErrorEquals": _ALL, "ResultPath": "$.error", "Next": "GaveUp"}],
                "Next": "Status",
            },
            "Status": {
                "Type": "Choice",
                "Choices": [
                    _choice(SliceStatus.MORE, "Slice"),
                    _choice(SliceStatus.WAIT, "Wait"),
                    _choice(SliceStatus.FAILED, "Failed"),
                ],
                "Default": "Done",
            },
            "Wait": {"Type": "Wait", "Seconds": _WAIT_SECONDS, "Next": "Slice"},
            "Done": {"Type": "Succeed"},
            "Failed": {
                "Type": "Fail",
                "Error": "RunFailed",
                "Cause": "The run failed, and whoever waited for it was told why. It is in the function's log, too.",
            },
            "GaveUp": {
                "Type": "Task",
                "Resource": invoke,
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


def _choice(status: SliceStatus, following: str) -> dict[str, str]:
    return {"Variable": "$.status", "StringEquals": status.value, "Next": following}
