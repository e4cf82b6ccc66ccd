"""A client that goes silent once the lease is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...transport.hooks import dispensable
from .lease import Lease


@contextmanager
def guarded(client: Any, lease: Lease, *, active: bool) -> Iterator[None]:
    """
    While the block runs, *client* raises `LockLost` instead of sending once *lease* is over.

    For a process that nothing ends: one that slept through its lease and wakes up may not write beside its successor.
    Retries of the SDK are stopped too, since each is a sending of its own.
    """
    if not active:
        yield
        return

    if hasattr(client, "refusing"):
        with client.refusing(lease.require_time):
            yield
        return

    # A backfill checks the lease before each of its requests by itself.
    @dispensable
    def refuse(**_: Any) -> None:
        lease.require_time()

    name = f"dynamigrate-{lease.owner}"
    client.meta.events.register_first("before-send.dynamodb", refuse, unique_id=name)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.dynamodb", refuse, unique_id=name)
