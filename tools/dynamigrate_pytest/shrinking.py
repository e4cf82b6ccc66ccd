"""The smallest data that still shows a fault: by leaving out, again and again, what is not needed for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from .finding import Finding
from .snapshot import Snapshot, TableState
from .values import Raw

Judge = Callable[[Snapshot], Finding | None]

# Enough for some hundreds of runs in process. A test that fails may take a moment longer, and not a minute.
_SECONDS: Final = 15.0


class Shrinking:
    """
    Attributes:
        case: The smallest data so far.
        finding: What is found with it.
        hurried: Time was up before nothing more could be left out.

    Args:
        judge: Says what is wrong with a migration of data; it may raise, which is another fault.
    """

    def __init__(self, case: Snapshot, finding: Finding, judge: Judge, *, seconds: float = _SECONDS) -> None:
        self.case = case
        self.finding = finding
        self.hurried = False
        self._judge = judge
        self._until = time.monotonic() + seconds

    def run(self) -> Shrinking:
        """Leave out what can be: many items at once, then single ones, then attributes, and what is in maps and lists."""
        try:
            self._leave_out_items()
            while self._leave_out_attributes():
                pass
        except _TimeIsUpError:
            self.hurried = True
        return self

    def _leave_out_items(self) -> None:
        size = len(self.case.items)
        while size >= 1:
            kept = self.case.items
            for first in range(0, len(kept), size):
                without = set(kept[first : first + size])
                self._try(self.case.only([one for one in self.case.items if one not in without]))
            size //= 2

    def _leave_out_attributes(self) -> bool:
        """Whether one was left out."""
        less = False
        for table, key in self.case.items:
            for smaller in list(_smaller(self.case.tables[table], self.case.tables[table].items[key])):
                if self._try(self.case.with_item(table, key, smaller)):
                    less = True
                    break
        return less

    def _try(self, case: Snapshot) -> bool:
        """Go on with *case*, if it shows the same."""
        if time.monotonic() > self._until:
            raise _TimeIsUpError
        if len(case.items) == len(self.case.items) and case == self.case:
            return False
        try:
            found = self._judge(case)
        except Exception:  # noqa: BLE001 - with less data a migration may fail in a way of its own
            return False
        if found is None or found.kind != self.finding.kind:
            return False
        self.case, self.finding = case, found
        return True


class _TimeIsUpError(Exception):
    pass


def _smaller(table: TableState, raw: Raw) -> Iterator[Raw]:
    """The item without one of its attributes, or without one part of one."""
    for name in sorted(raw):
        if name in table.keys:
            continue
        yield {other: value for other, value in raw.items() if other != name}
        if name not in table.fixed:
            for smaller in _less(raw[name]):
                yield {**raw, name: smaller}


def _less(value: Any) -> Iterator[Any]:
    [(kind, content)] = value.items()
    if kind == "M":
        for name in sorted(content):
            yield {"M": {other: one for other, one in content.items() if other != name}}
        for name in sorted(content):
            for smaller in _less(content[name]):
                yield {"M": {**content, name: smaller}}
    elif kind == "L":
        for place in range(len(content)):
            yield {"L": content[:place] + content[place + 1 :]}
        for place, one in enumerate(content):
            for smaller in _less(one):
                yield {"L": [*content[:place], smaller, *content[place + 1 :]]}
