"""CloudFormation's event, which the function keeps while its run goes on in the state machine."""

from __future__ import annotations

import json
from typing import Any, Final

from .world import World, error_code

_PATH: Final = "DYNAMIGRATE_EVENTS_PATH"
_GONE: Final = "ParameterNotFound"


class KeptEvents:
    """Each under its run's id. Where the function keeps none, there are none, and nobody is asked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._path = world.environ.get(_PATH, "")

    def read(self, run_id: str) -> dict[str, Any] | None:
        """
        The event of that run; None: it has been answered, or nobody waits for an answer.

        Raises:
            Exception: It could not be read.
        """
        if not self._path or not run_id:
            return None
        try:
            found = self._world.ssm.get_parameter(Name=f"{self._path}{run_id}", WithDecryption=True)
        except Exception as error:
            if error_code(error) == _GONE:
                return None
            raise
        event = json.loads(found["Parameter"]["Value"])
        return event if isinstance(event, dict) and event.get("ResponseURL") else None

    def forget(self, run_id: str) -> None:
        """
        Delete the event of that run, which has been answered.

        Raises:
            Exception: It could not be deleted.
        """
        if not self._path or not run_id:
            return
        try:
            self._world.ssm.delete_parameter(Name=f"{self._path}{run_id}")
        except Exception as error:
            if error_code(error) != _GONE:
                raise
