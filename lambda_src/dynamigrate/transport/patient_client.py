"""botocore clients that wait for late grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .client_witness import ClientWitness
from .late_grants import LateGrants

T = TypeVar("T")


def make_patient(session: Any, service: str, grants: LateGrants, witness: ClientWitness | None = None) -> None:
    """Have the clients for *service* that *session* makes wait for late grants; *witness* sees their requests."""

    class Patient:
        late_grants = grants
        watch = staticmethod(witness.watch if witness is not None else _just_call)

        def _make_api_call(self, operation_name: str, api_params: Any) -> Any:
            # All that an operation takes is below this, retries of the SDK's included: each try here is a call of its
            # own.
            def send() -> Any:
                return super(Patient, self)._make_api_call(operation_name, api_params)  # type: ignore[misc]

            return self.watch(lambda: grants.call(send, service, operation_name, api_params))

    def add(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, Patient)

    session.events.register(f"creating-client-class.{service}", add)


def _just_call(send: Callable[[], T]) -> T:
    return send()
