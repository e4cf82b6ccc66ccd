"""What the stub's clients have sent."""

from __future__ import annotations

from collections import Counter
from typing import Any


class Counts:
    """
    Attributes:
        requests: By operation.
        statements: Those in batches of statements, each of which writes an item.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.statements = 0

    def add(self, operation: str, body: bytes) -> None:
        """One more request."""
        self.requests[operation] += 1
        if operation == "BatchExecuteStatement":
            # Within a string the quotes would be escaped.
            self.statements += body.count(b'"Statement"')

    def told(self) -> dict[str, Any]:
        """As it is told to whoever measures."""
        return {"requests": self.requests, "statements": self.statements}
