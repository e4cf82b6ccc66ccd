"""
What MiniStack's distributed maps do in another way than the service, mended.

For `emulator.py`, in whose process it is loaded: nothing of this project can be imported here. Left as it is: it ignores
`MaxConcurrencyPath`, `ItemBatcher` and what a changed map run says of its concurrency, waits for what its children are at
when it ends them, and counts those as failed until then.
"""

import contextvars
import json
import threading
from typing import Any

# No name of the service's, which tells nobody of the tasks of an execution that has ended.
ABORTED = "States.Aborted"


def has_ended(execution: dict[str, Any] | None) -> bool:
    """Whether *execution* has ended, or the map run that it is a child of, or what that belongs to."""
    from ministack.services import stepfunctions

    while execution is not None:
        run = stepfunctions._map_runs.get(execution.get("mapRunArn"))
        if execution["status"] != "RUNNING" or (run is not None and run["status"] != "RUNNING"):
            return True
        execution = stepfunctions._executions.get(run["executionArn"]) if run is not None else None
    return False


class _MapRun:
    """What has become of the children of one that is under way."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._run: dict[str, Any] | None = None
        self._failed = self._aborted = 0

    def carry_out(self, child: dict[str, Any], work: Any) -> Any:
        """Call *work*, which is what *child* does, unless it is too late for that."""
        from ministack.services import stepfunctions

        self._run = stepfunctions._map_runs[child["mapRunArn"]]
        result = failure = None
        try:
            result = None if has_ended(child) else work()
        except Exception as error:  # noqa: BLE001  # whatever it is, MiniStack notes it
            failure = error
        if has_ended(child):
            self._abort(child)
            raise stepfunctions._ExecutionError(ABORTED, "The execution has ended, or what it belongs to.")
        if failure is not None:
            self._fail(self._run)
            raise failure
        return result

    def settle(self, execution: dict[str, Any]) -> None:
        """Tell children that were aborted from those that failed; *execution* is the one that has the map in it."""
        if self._run is None:
            return
        for counts in (self._run["itemCounts"], self._run["executionCounts"]):
            counts["failed"] -= self._aborted
            counts["aborted"] += self._aborted
        if has_ended(execution):
            self._run["status"] = "ABORTED"

    def _abort(self, child: dict[str, Any]) -> None:
        """MiniStack goes on to note a failure in *child*, which nobody looks at any more."""
        from ministack.services import stepfunctions

        ended = {"status": "ABORTED", "stopDate": child["stopDate"] or stepfunctions.now_iso()}
        stepfunctions._executions[child["executionArn"]] = {**child, **ended}
        with self._lock:
            self._aborted += 1

    def _fail(self, run: dict[str, Any]) -> None:
        """One more; where it is one too many, the map run ends: "Tolerated failure threshold" in the developer guide."""
        with self._lock:
            self._failed += 1
            limits = []
            if "ToleratedFailureCount" in self._state:
                limits.append(self._failed > int(self._state["ToleratedFailureCount"]))
            if "ToleratedFailurePercentage" in self._state:
                share = self._failed * 100 / run["itemCounts"]["total"]
                limits.append(share > float(self._state["ToleratedFailurePercentage"]))
            if any(limits) or not limits:
                run["status"] = "FAILED"


def end_children() -> None:
    """
    Have the children of a map run end with it: when more of them failed than it tolerates, and with the execution that
    it belongs to. They begin nothing more, and are aborted, as is a child that was stopped by itself.

    MiniStack has each child go on to its end.
    """
    from ministack.services import stepfunctions

    of_child: contextvars.ContextVar[_MapRun | None] = contextvars.ContextVar("of_child", default=None)
    run_map, run_states = stepfunctions._run_distributed_map, stepfunctions._run_sub_machine

    def run_and_settle(state: Any, *given: Any) -> Any:
        *_, execution, _ = given
        map_run = _MapRun(state)
        token = of_child.set(map_run)
        try:
            return run_map(state, *given)
        finally:
            of_child.reset(token)
            map_run.settle(execution)

    def run_child(states: Any, first: Any, given: Any, execution: Any, context: Any) -> Any:
        map_run = of_child.get()
        if map_run is None:  # a Parallel or an inline Map
            return run_states(states, first, given, execution, context)
        token = of_child.set(None)
        try:
            return map_run.carry_out(execution, lambda: run_states(states, first, given, execution, context))
        finally:
            of_child.reset(token)

    stepfunctions._run_distributed_map, stepfunctions._run_sub_machine = run_and_settle, run_child


def authorize() -> None:
    """
    Have `DescribeMapRun`, `UpdateMapRun`, and `ListExecutions` of a map run be about the one that they name: MiniStack
    takes them for about everything.
    """
    from ministack.core import iam_actions

    of_request = iam_actions.extract_resource_arn

    def of_map_run(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> Any:
        if service == "states" and body:
            try:
                named = json.loads(body).get("mapRunArn")
            except (ValueError, AttributeError):
                named = None
            if isinstance(named, str):
                return named
        return of_request(service, method, path, headers, body, *more)

    iam_actions.extract_resource_arn = of_map_run
