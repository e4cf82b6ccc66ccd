"""What a dry run gives a migration's function that can tell what it would write, and is given by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

# Items of a sample: enough to see what a transform does, and read within a second.
SAMPLE: Final = 20


@dataclass(frozen=True, kw_only=True)
class RehearsalOrder:
    """
    How much to look at, and what of it to show.

    Attributes:
        sample: How many items of a table to look at.
        salt: Keys are shown as digests that are made with it; empty: they are shown as they are.
    """

    sample: int = SAMPLE
    salt: str = ""


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """
    What a function would do, as far as a sample tells.

    Attributes:
        cost: What it is estimated to cost, as the answer of a command has it.
        sample: What it would do with the items that were looked at, as the answer has it.
        tables: By physical name what it would do with each table in all, as the answer has it.
        writes_to: The physical names of the tables that it would write to.
        unknown: Sentences about what can't be told.
    """

    cost: Mapping[str, Any]
    sample: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    writes_to: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RehearsedAction:
    """
    What came of one action of a plan.

    Attributes:
        view: As the answer of a command has it under ``dry_run``.
        cost: What it is estimated to cost, as the answer has it; None: its function is none that could tell.
    """

    view: Mapping[str, Any]
    cost: Mapping[str, Any] | None = None


class Rehearsal(Protocol):
    """
    The dry run that a function is called in, for what parts of the engine would do there.

    Attributes:
        order: How much to look at.
    """

    @property
    def order(self) -> RehearsalOrder: ...

    def would(self, operation: str, table: str, request: Mapping[str, Any]) -> None:
        """*operation* of DynamoDB would have changed *table*, with the rest of that *request*."""
        ...

    def carry_out(self, rehearse: Callable[[RehearsalOrder], Rehearsed]) -> None:
        """
        Have a function that was called say what it would do, in place of doing it.

        Raises:
            MigrationsError: It can't be told.
        """
        ...
