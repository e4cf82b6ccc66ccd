"""CloudFormation's event, kept until the run that it is about has ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from ...errors import MigrationsError
from ..cloudformation.request import ResourceRequest

# "Managing parameter tiers" in Systems Manager's user guide, of a standard parameter, which costs nothing.
_LARGEST: Final = 4096


class KeptEvents:
    """
    Keeps events as SecureStrings, each under its run's id: the address in one is a credential, and must stand in no
    input of a state machine, no history and no log.

    Args:
        client: Makes the client of SSM, when it is first needed.
        path: What the names begin with.
        key: The ARN of the key that they are encrypted with; empty: that of the account for Systems Manager.
    """

    def __init__(self, client: Callable[[], Any], path: str, *, key: str = "") -> None:
        self._client = client
        self._key = {"KeyId": key} if key else {}
        self._path = path

    def keep(self, run_id: str, request: ResourceRequest) -> None:
        """
        Keep *request*.

        Raises:
            MigrationsError: It is too large.
            Exception: Whatever SSM raised.
        """
        text = json.dumps(request.kept, ensure_ascii=False, separators=(",", ":"))
        if (size := len(text.encode())) > _LARGEST:
            raise MigrationsError(f"CloudFormation's event has {size:,} bytes, and {_LARGEST:,} can be kept.")
        self._client().put_parameter(
            Name=self._name(run_id), Value=text, Type="SecureString", Overwrite=True, **self._key
        )

    def read(self, run_id: str) -> ResourceRequest | None:
        """
        The event of that run; None: there is none, or it has been answered.

        Raises:
            Exception: Whatever SSM raised.
        """
        client = self._client()
        try:
            found = client.get_parameter(Name=self._name(run_id), WithDecryption=True)
        except client.exceptions.ParameterNotFound:
            return None
        return ResourceRequest.read(json.loads(found["Parameter"]["Value"]))

    def forget(self, run_id: str) -> None:
        """
        Forget it: it has been answered.

        Raises:
            Exception: Whatever SSM raised; not that there was none.
        """
        client = self._client()
        try:
            client.delete_parameter(Name=self._name(run_id))
        except client.exceptions.ParameterNotFound:
            return

    def _name(self, run_id: str) -> str:
        return f"{self._path}{run_id}"
