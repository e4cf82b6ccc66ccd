"""What one function read, and would have written."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

# Sentences, and requests of other kinds: so many say it all.
_MOST_TOLD: Final = 20
_MOST_OTHERS: Final = 50


@dataclass(kw_only=True)
class TableCount:
    """Of one table, for one function."""

    items_read: int = 0
    items_written: int = 0
    items_deleted: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    read_requests: int = 0
    write_requests: int = 0

    def view(self) -> dict[str, float]:
        """As an answer has it."""
        return {name: shown(value, 1) for name, value in vars(self).items()}


class Ledger:
    """
    Threads may share it.

    Attributes:
        tables: By physical name.
    """

    def __init__(self) -> None:
        self.tables: dict[str, TableCount] = {}
        self._others: Counter[tuple[str, str, str]] = Counter()
        self._unknown: dict[str, None] = {}
        self._one_at_a_time = threading.Lock()
        self._aside = 0

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within the block nothing is counted: what is read there is no part of what the function does."""
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1

    @property
    def is_aside(self) -> bool:
        return self._aside > 0

    def count(self, table: str, **more: float) -> None:
        """Add to what *table* has, by the names that `TableCount` has."""
        if self._aside:
            return
        with self._one_at_a_time:
            found = self.tables.setdefault(table, TableCount())
            for name, value in more.items():
                setattr(found, name, getattr(found, name) + value)

    def other(self, service: str, operation: str, table: str = "") -> None:
        """A request that is not about items was not sent."""
        with self._one_at_a_time:
            self._others[service, operation, table] += 1

    def unknown(self, sentence: str) -> None:
        """What can't be known, and why; said once."""
        with self._one_at_a_time:
            if len(self._unknown) < _MOST_TOLD:
                self._unknown[sentence] = None

    @property
    def others(self) -> list[dict[str, Any]]:
        """As an answer has them."""
        return [
            {"service": service, "operation": operation, **({"table": table} if table else {}), "count": count}
            for (service, operation, table), count in self._others.most_common(_MOST_OTHERS)
        ]

    @property
    def unknowns(self) -> list[str]:
        return list(self._unknown)

    @property
    def writes(self) -> bool:
        """Whether anything would have been written."""
        return bool(self._others) or any(one.write_requests for one in self.tables.values())

    def units(self) -> Mapping[str, float]:
        return {
            "read_units": shown(sum(one.read_units for one in self.tables.values()), 1),
            "write_units": shown(sum(one.write_units for one in self.tables.values()), 1),
        }


def shown(number: float, digits: int) -> float:
    """For a reader: without a point where there is nothing behind it."""
    rounded = round(float(number), digits)
    return int(rounded) if rounded.is_integer() else rounded
