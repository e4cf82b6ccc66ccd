"""The backfills that one ``do`` calls, one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import MigrationsError
from ..verification import Verification
from .errors import BackfillError
from .findings import MOST_KEYS
from .options import Options

if TYPE_CHECKING:
    from types import CodeType

    from ..context import Context

Identity = tuple[str, str | None, str | None]


class Series:
    """
    Which backfills were called in this run, so that each finds its own checkpoint again.

    A backfill is known by its table, its index and its transform's name. Of those that are alike in all three, the
    first that is called is the first that was.
    """

    def __init__(self) -> None:
        self.called: list[Identity] = []
        # Places in the list of what is finished that are accounted for.
        self._met: set[int] = set()
        self._at_work = False
        self._stood_in_for: Identity | None = None
        self._found: Verification | None = None

    @classmethod
    def of(cls, ctx: Context) -> Series:
        """The series of the function that *ctx* was given to."""
        series: Series = ctx.runtime.kept.setdefault(cls, cls())
        return series

    @property
    def number(self) -> int:
        """The place of the backfill that was called last, from 1."""
        return len(self.called)

    def keep(self, ctx: Context, found: Verification) -> Verification:
        """
        Have it kept what was *found* in the data of the backfill that was called last, with what was of those before it;
        returns what was found in that one alone, signed.

        Raises:
            LockLost: The run's lock is no longer its own.
        """
        self._found = found if self._found is None else _together(self._found, found)
        ctx.runtime.look.save(self._found)
        return ctx.runtime.look.signed(found)

    def written(self) -> dict[str, Any]:
        """For a checkpoint: what was found in the data of those that are finished."""
        return {} if self._found is None else {"found": self._found.to_dict()}

    def read(self, saved: Mapping[str, Any]) -> None:
        """Go on with what `written` made of it, in another process maybe; older code kept nothing."""
        if self._found is None:
            self._found = Verification.from_dict(saved.get("found"))

    @contextmanager
    def at_work(self, ctx: Context) -> Iterator[None]:
        """
        One backfill works in this context.

        Raises:
            MigrationsError: Another one has not returned yet.
        """
        if self._at_work:
            raise MigrationsError(
                f"{ctx.migration} calls a Backfill while another one is at work.",
                next_step="Call one after the other, each from do itself; threads and segments are options of each.",
                migration_id=ctx.migration.id,
            )
        self._at_work = True
        try:
            yield
        finally:
            self._at_work = False

    def call(self, one: Identity, finished: list[Identity]) -> bool:
        """Note that *one* is called; returns whether it is among those that an earlier run *finished*."""
        self.called.append(one)
        for place, other in enumerate(finished):
            if place not in self._met and _alike(one, other):
                self._met.add(place)
                return True
        # The place that *one* will have in that list once it is finished.
        self._met.add(len(finished))
        return False

    def go_on(self, one: Identity, saved: Identity, restart: dict[str, Any]) -> None:
        """
        *one* goes on from the checkpoint of *saved*: its transform may have another name now.

        Raises:
            BackfillError: That other one is called too, so it was not a new name: it is *one* that has come before it.
        """
        if not _alike(one, saved):
            self._stood_in_for = saved
        self.check(one, restart)

    def check(self, one: Identity, restart: dict[str, Any]) -> None:
        """
        Make sure that *one* may begin.

        Raises:
            BackfillError: An earlier call went on from the checkpoint that was *one*'s.
        """
        if self._stood_in_for is not None and self.called[-1] == one and _alike(one, self._stood_in_for):
            raise BackfillError(
                f"The backfill of {one[0]} by {_name(one)} was under way, and another one is called before it now.",
                **restart,
            )


def _together(one: Verification, other: Verification) -> Verification:
    return replace(
        other,
        mode="full" if one.mode == other.mode == "full" else "sample",
        checked=one.checked + other.checked,
        total=one.total + other.total,
        would_change=one.would_change + other.would_change,
        failed=one.failed + other.failed,
        settled=one.settled + other.settled,
        passes=max(one.passes, other.passes),
        unsettled=one.unsettled + other.unsettled,
        keys=(*one.keys, *other.keys)[:MOST_KEYS],
    )


def identity(options: Options, table: str) -> Identity:
    """What a backfill of the physical *table* with these *options* is known by."""
    transform: Any = options.transform
    while isinstance(transform, partial):
        transform = transform.func
    name = getattr(transform, "__qualname__", None) or type(transform).__qualname__
    code = getattr(transform, "__code__", None)
    if "<lambda>" in name and code is not None:
        # Lambdas have one name; their code tells them apart.
        name += f":{hashlib.sha256(_spelled(code).encode()).hexdigest()[:16]}"
    return table, options.index, name


def _spelled(code: CodeType) -> str:
    constants = [_spelled(one) if hasattr(one, "co_code") else repr(one) for one in code.co_consts]
    return repr((code.co_code, constants, code.co_names))


def _alike(one: Identity, saved: Identity) -> bool:
    """Whether *saved* is about the backfill *one*; older checkpoints don't name the transform."""
    return one[:2] == saved[:2] and saved[2] in (one[2], None)


def _name(one: Identity) -> str:
    return (one[2] or "").partition(":")[0]
