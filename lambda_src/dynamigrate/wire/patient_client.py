"""botocore clients that wait for late grants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import NotReady
from .denial import Denial
from .late_grants import LateGrants

T = TypeVar("T")


class _Count:
    def __init__(self) -> None:
        self.sent = 0
        self.denials: list[BaseException] = []


class ClientWitness:
    """
    Sees what comes of the requests that a migration makes through the clients that it is given, and through no others.
    """

    def __init__(self) -> None:
        self._count = _Count()
        self._one_at_a_time = threading.Lock()

    def begin(self) -> None:
        """Another migration begins."""
        self._count = _Count()

    def watch(self, send: Callable[[], T]) -> T:
        """Call *send*."""
        # A thread of an earlier migration's counts for that one.
        count = self._count
        with self._one_at_a_time:
            count.sent += 1
        try:
            return send()
        except Exception as error:
            if Denial.read(error, "", "", None) is not None:
                with self._one_at_a_time:
                    count.denials.append(error)
            raise

    def nothing_done(self, error: BaseException) -> bool:
        """
        Whether IAM refused every request there was, and one of the refusals led to *error*; or there was none, and it is
        a `NotReady`.
        """
        count = self._count
        if count.sent == 0:
            return isinstance(error, NotReady)
        return len(count.denials) == count.sent and any(
            one is denial for one in _causes(error) for denial in count.denials
        )


def _causes(error: BaseException) -> list[BaseException]:
    """*error*, and all that led to it."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and not any(one is seen for seen in found):
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found


def make_patient(session: Any, service: str, grants: LateGrants, witness: ClientWitness | None = None) -> None:
    """Have the clients for *service* that *session* makes wait for late grants; *witness* sees their requests."""

    class Patient:
        late_grants = grants
        watch = staticmethod(witness.watch if witness is not None else _just_call)

        def _make_api_call(self, operation_name: str, api_params: Any) -> Any:
            # All that an operation takes is below this, retries of the SDK's included: each try here is a call of its own.
            def send() -> Any:
                return super(Patient, self)._make_api_call(operation_name, api_params)  # type: ignore[misc]

            return self.watch(lambda: grants.call(send, service, operation_name, api_params))

    def add(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, Patient)

    session.events.register(f"creating-client-class.{service}", add)


def _just_call(send: Callable[[], T]) -> T:
    return send()
