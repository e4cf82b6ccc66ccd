"""Writes of whole items, whatever is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .statement import Change


class PlainBatch:
    """
    A ``BatchWriteItem``.

    Attributes:
        request: Its arguments.
        tables: That it writes to.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        self._sent: dict[str, list[tuple[Change, dict[str, Any]]]] = {}
        for change in changes:
            table, request = _request(change)
            self._sent.setdefault(table, []).append((change, request))
        self.tables = tuple(self._sent)
        self.request: dict[str, Any] = {
            "RequestItems": {table: [request for _, request in sent] for table, sent in self._sent.items()},
        }

    def left(self, unprocessed: Mapping[str, Sequence[dict[str, Any]]]) -> list[Change]:
        """Those that the service sent back."""
        left: list[Change] = []
        for table, sent in self._sent.items():
            back = unprocessed.get(table, ())
            missed = [change for change, request in sent if request in back] if back else []
            # It may write a value its own way. To write one again that was written does no harm.
            left += missed if len(missed) == len(back) else [change for change, _ in sent]
        return left


def _request(change: Change) -> tuple[str, dict[str, Any]]:
    """Table and entry."""
    ((kind, content),) = (change.others or ({},))[0].items()
    part = "Item" if kind == "Put" else "Key"
    return content["TableName"], {f"{kind}Request": {part: content[part]}}
