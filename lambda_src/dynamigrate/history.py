"""The history, as planners get it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, overload

from .errors import StateMissing
from .records import Record

if TYPE_CHECKING:
    from .targets import Target


class History(Sequence[str]):
    """
    Ids of what is applied, oldest first; some may be unknown to the source.

    Attributes:
        records: All of the history, dirty ones included, sorted by id.
    """

    def __init__(self, applied: Iterable[str], records: Iterable[Record] = ()) -> None:
        self._applied = tuple(applied)
        self.records = tuple(records)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._applied[index]

    def __len__(self) -> int:
        return len(self._applied)

    def __repr__(self) -> str:
        return f"History({self._applied!r})"


def known_records(target: Target) -> tuple[Record, ...]:
    """All that *target* has recorded; nothing where there are no tables yet, and none are made."""
    try:
        return target.records()
    except StateMissing:
        return ()
