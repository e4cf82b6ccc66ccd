"""The executions of the state machine in which a detached migration goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from ...continuation import EXECUTION

# After so many slices a new execution is begun: each writes some ten events, and an execution ends at 25,000.
SLICES: Final = 2_000
_PAUSE_SECONDS: Final = 2.0


class Executions:
    """
    Starts them, and is a `Launcher`.

    Args:
        client: Makes the client of Step Functions, when it is first needed.
        patience: Tells for how many seconds a denial may be one that passes.
        sleep: Waits in between.
    """

    def __init__(
        self,
        client: Callable[[], Any],
        machine_arn: str,
        *,
        patience: Callable[[], float] = lambda: 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._machine_arn = machine_arn
        self._patience = patience
        self._sleep = sleep

    def notes(self, run_id: str) -> Mapping[str, str]:
        return {EXECUTION: self.arn(run_id)}

    def start(self, migration_id: str, run_id: str) -> str:
        patience, waited = self._patience(), 0.0
        while True:
            try:
                return f"the state machine, execution {self.begin(migration_id, run_id, run_id)}"
            except Exception as error:
                # The deploy that makes the machine calls before its grant is everywhere.
                if not _is_denied(error) or waited >= patience:
                    raise
            self._sleep(_PAUSE_SECONDS)
            waited += _PAUSE_SECONDS

    def next_name(self, run_id: str, slices: int) -> str | None:
        """The name of the execution in which the run goes on after *slices* of it; None: in the one that it is in."""
        return None if slices % SLICES else f"{run_id}-{slices // SLICES + 1}"

    def begin(self, migration_id: str, run_id: str, name: str) -> str:
        """
        Begin the execution of that name, once however often this is called; returns its ARN.

        Raises:
            Exception: Whatever Step Functions raised.
        """
        client = self._client()
        given = json.dumps({"runId": run_id, "migration": migration_id})
        try:
            started: str = client.start_execution(stateMachineArn=self._machine_arn, name=name, input=given)[
                "executionArn"
            ]
        except client.exceptions.ExecutionAlreadyExists:
            # An earlier try of this very request, whose answer was lost: nobody else has this name.
            return self.arn(name)
        return started

    def arn(self, name: str) -> str:
        """Of the execution of that name."""
        return f"{self._machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def _is_denied(error: Exception) -> bool:
    response: Any = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code in ("AccessDenied", "AccessDeniedException")
