"""Opening a target: its lock, and its tables where they are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from .errors import StateMissing
from .history import known_records
from .next_step import Command, NextStep
from .records import Application, Record

if TYPE_CHECKING:
    from .sources import Source
    from .targets import HeldLock, Target
    from .targets.memory import MemoryTarget


@contextmanager
def locked(target: Target, wait: float, create: Callable[[], None] | None = None) -> Iterator[HeldLock]:
    """
    Hold *target*'s lock for a block. Where the target's tables are missing, they are created first.

    Args:
        wait: Seconds to wait for a lock that somebody else holds.
        create: Creates the tables instead of the target, or raises.

    Raises:
        LockHeld: Somebody else has it, and still had it after *wait* seconds.
        Exception: Whatever *create* raised; the lock was not taken.
    """
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(target.lock(wait))
        except StateMissing:
            (create or target.create)()
            lock = stack.enter_context(target.lock(wait))
        yield lock


def creation(source: Source, target: Target) -> Callable[[], None]:
    """
    The function that creates *target*'s tables.

    It raises `StateMissing` instead where a folder's history may be in other tables: a function that was deployed with
    the folder keeps its history under names of its own, and with an empty one everything would run again.
    """
    elsewhere = getattr(source, "history_may_be_elsewhere", False) and getattr(target, "has_default_names", False)
    return _refuse_to_create if elsewhere else target.create


def _refuse_to_create() -> None:
    raise StateMissing(
        "There is no history under the names that a target has by default, and that of this folder may be elsewhere: "
        "a deployed function has tables of its own. Nothing was made or run.",
        next_step=NextStep(
            "Name them: DynamoDBTarget(client, table_name=..., lock_table_name=..., lock_id=...). They are those of the "
            "MigrationState, and stand in the function's answer to ",
            Command("status"),
            ", under state. If there is no history yet, make one first: target.create().",
        ),
    )


def in_memory(target: Target, create: Callable[[], None]) -> MemoryTarget:
    """
    What *target* has, in memory: for a dry run, which writes nothing and holds no lock.

    Args:
        create: Raises where the history may be elsewhere; else it is the target's own, and not called.
    """
    from .targets.memory import MemoryTarget

    records = records_of(target, None if create == target.create else create)
    return MemoryTarget.holding(records, noted_application(target))


def noted_application(target: Target) -> Application | None:
    """The application that was noted as deployed; None: none was, or *target* does not keep it."""
    # A target of the user's own may be older than this.
    read = getattr(target, "application", None)
    try:
        return None if read is None else read()
    except StateMissing:
        return None


def deployed_application(target: Target, *, awaited: bool | None) -> Application | None:
    """
    The application that is deployed; None: that is not known.

    Args:
        awaited: As `Runtime` has it: what was noted once says nothing where nobody notes it any more.
    """
    return None if awaited is False else noted_application(target)


def records_of(target: Target, create: Callable[[], None] | None) -> tuple[Record, ...]:
    """
    The history.

    Args:
        create: Creates the tables where they are missing, or raises; None: none are created, and the history is empty.
    """
    if create is None:
        return known_records(target)
    try:
        return target.records()
    except StateMissing:
        create()
        return target.records()
