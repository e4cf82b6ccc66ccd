"""What the widget functions of other histories answer, asked at the same time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Self

from ...explanation import service_error
from ...widget import region_of
from ..clients import Clients

# Seconds that each has to answer: a cold start and a few reads.
_PATIENCE: Final = 8.0
_QUESTION: Final = json.dumps({"answers": True}).encode()
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})


class Others:
    """
    Asks all of *functions* from its start on.

    Args:
        functions: Their ARNs, by the names that their histories are shown with.
    """

    def __init__(self, functions: Mapping[str, str], clients: Clients) -> None:
        self._functions = functions
        self._clients = clients
        self._asked: dict[str, Future[object]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._functions:
            # Each in a thread of its own, so that one that does not answer keeps nobody waiting.
            self._pool = ThreadPoolExecutor(len(self._functions))
            regions = {region_of(arn) for arn in self._functions.values()}
            clients = {region: self._clients.lambda_for(_PATIENCE, region=region) for region in regions}
            for name, arn in self._functions.items():
                self._asked[name] = self._pool.submit(_ask, clients[region_of(arn)], arn)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def answers(self) -> dict[str, object]:
        """What each answered, by name; a text says why there is no answer."""
        return {name: asked.result() for name, asked in self._asked.items()}


def _ask(client: Any, arn: str) -> object:
    """Never raises."""
    try:
        response = client.invoke(FunctionName=arn, Payload=_QUESTION)
        answer: object = json.loads(response["Payload"].read())
    except Exception as error:  # noqa: BLE001 - whatever it is, the other histories are shown all the same
        return _why(error)
    if response.get("FunctionError"):
        kind = answer.get("errorType") if isinstance(answer, dict) else None
        return f"The function failed{f' ({kind})' if isinstance(kind, str) else ''}. Its log says why."
    return (
        answer if isinstance(answer, dict) else "What it answered is no object: is the ARN that of a widget's function?"
    )


def _why(error: Exception) -> str:
    """In words of ours: the service's have accounts and roles in them, which a dashboard need not show."""
    code, _ = service_error(error)
    if code in _DENIED:
        return (
            "This widget's function is not allowed to call that one. Grant its role lambda:InvokeFunction on it: "
            "add_to(dashboard, beside={...}) does so, and in another account that function's policy has to allow it, too."
        )
    if code == "ResourceNotFoundException":
        return "There is no such function. Check the ARN, its Region, and that its stack is deployed."
    return f"It could not be asked: {code or type(error).__name__}. It is asked again with the next refresh."
