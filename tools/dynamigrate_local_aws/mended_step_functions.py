"""
What MiniStack's Step Functions does in another way than the service, mended.

For `emulator.py`, in whose process it is loaded: nothing of this project can be imported here. Left as it is: it
ignores `HeartbeatSeconds`, knows no metrics, writes no log, and lets a machine's role do anything. Distributed maps are
in `mended_map_runs`.
"""

import contextvars
import json
import re
import threading
from typing import Any

from mended_map_runs import ABORTED, has_ended

# "Quotas for tasks and state machine executions" in the developer guide, in bytes.
_LARGEST_PAYLOAD = 262_144
_TOO_LARGE = "States.DataLimitExceeded"
# "StartExecution" in the API reference.
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")


def limit_time() -> None:
    """Have a machine's `TimeoutSeconds` count."""
    from ministack.services import stepfunctions

    run = stepfunctions._run_execution

    def time_out(execution: dict[str, Any]) -> None:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", stopDate=stepfunctions.now_iso())
        stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
        stepfunctions._emit_execution_status_event(execution)

    def run_in_time(arn: str) -> None:
        execution = stepfunctions._executions.get(arn) or {}
        machine = stepfunctions._state_machines.get(execution.get("stateMachineArn"))
        limit = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
        # Account and region are those of the thread's context.
        timer = threading.Timer(limit or 0, contextvars.copy_context().run, (time_out, execution))
        timer.daemon = True
        if limit:
            timer.start()
        try:
            run(arn)
        finally:
            timer.cancel()

    stepfunctions._run_execution = run_in_time


def end_for_good() -> None:
    """
    Have an execution that has ended stay as it ended, and call for no task any more: neither for a retry, nor from the
    children of a distributed map.
    """
    from ministack.services import stepfunctions

    at_work: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("at_work", default=None)
    fail, do_task = stepfunctions._fail_execution, stepfunctions._execute_task
    call = stepfunctions._invoke_resource

    def fail_once(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    def do_task_of(state: Any, raw: Any, execution: dict[str, Any], context: Any) -> Any:
        token = at_work.set(execution)
        try:
            return do_task(state, raw, execution, context)
        finally:
            at_work.reset(token)

    def call_unless_ended(resource: str, given: Any) -> Any:
        if has_ended(at_work.get()):
            raise stepfunctions._ExecutionError(ABORTED, "The execution that it belongs to has ended.")
        return call(resource, given)

    stepfunctions._fail_execution, stepfunctions._execute_task = fail_once, do_task_of
    stepfunctions._invoke_resource = call_unless_ended


def limit_payloads() -> None:
    """Have a result over 256 KiB be an error."""
    from ministack.services import stepfunctions

    call = stepfunctions._invoke_resource

    def call_for_less(resource: str, given: Any) -> Any:
        result = call(resource, given)
        if len(json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode()) > _LARGEST_PAYLOAD:
            raise stepfunctions._ExecutionError(
                _TOO_LARGE,
                "The state/task returned a result with a size exceeding the maximum number of bytes service limit.",
            )
        return result

    stepfunctions._invoke_resource = call_for_less


def end_at_once() -> None:
    """
    Have what ends an execution be met by no Retry and no Catch: "Error names" in the developer guide, and an execution
    that was stopped.
    """
    from ministack.services import stepfunctions

    matches = stepfunctions._error_matches

    def matches_unless_it_ends(listed: Any, error: str) -> Any:
        return error not in (ABORTED, _TOO_LARGE, "States.Runtime") and matches(listed, error)

    stepfunctions._error_matches = matches_unless_it_ends


def mend_starting() -> None:
    """
    Have `StartExecution` check the name and the input, and succeed again with the name and the input of one that runs.
    """
    from ministack.services import stepfunctions

    start = stepfunctions._start_execution

    def refused(code: str, message: str) -> Any:
        return stepfunctions.error_response_json(code, message, 400)

    def start_once(request: dict[str, Any]) -> Any:
        name, text = request.get("name"), request.get("input", "{}")
        if name is not None and not _NAME.fullmatch(name):
            return refused("InvalidName", f"Invalid Name: '{name}'")
        if len(text.encode()) > _LARGEST_PAYLOAD:
            return refused("InvalidExecutionInput", "The input is larger than 262,144 bytes.")
        try:
            json.loads(text)
        except ValueError:
            return refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{text}'")
        machine = stepfunctions._resolve_state_machine_arn(request.get("stateMachineArn", ""))
        if machine is not None and name is not None:
            of_machine = machine.replace(":stateMachine:", ":execution:")
            known = stepfunctions._executions.get(f"{of_machine}:{name}")
            if known is not None and known["status"] == "RUNNING" and known["input"] == text:
                found = {"executionArn": known["executionArn"], "startDate": known["startDate"]}
                return stepfunctions.json_response(found)
        return start(request)

    stepfunctions._start_execution = start_once
