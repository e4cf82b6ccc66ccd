"""Done twice, it changes nothing more; undone, it leaves what was there."""

from __future__ import annotations

from collections.abc import Callable

from dynamigrate import MigrationsError

from .finding import Finding
from .snapshot import Snapshot, differences
from .trial import Trial
from .values import Raw

_IDEMPOTENT = (
    "A deploy that is killed does it again, over what is done already. Look first whether an item's work is done, take no time "
    "of day and no random number, and count nothing up; or, in a Backfill, say once=True."
)
_STEADY = (
    "Make of an item what follows from it: an id of its key (uuid5, a hash) in place of a random one, and no counter."
)
_UNDO = "Have the undo put back what the do changed; what it can't know any more, the do has to keep."


def not_repeatable(trial: Trial, start: Snapshot) -> Finding | None:
    """What doing it a second time, on another day, changes."""
    once = trial.done(start)
    try:
        trial.run(trial.new_target(), later=True)
    except MigrationsError as error:
        return Finding(
            kind="repeated fails", what="done a second time, it fails.", details=[cause(error)], advice=_IDEMPOTENT
        )
    changed = list(differences(once, trial.database.take()))
    if not changed:
        return None
    what = "done a second time, it changes what it did the first time."
    return Finding(kind="repeated", what=what, details=changed, advice=_IDEMPOTENT)


def not_undone(trial: Trial, start: Snapshot) -> Finding | None:
    """What is not as it was, once it is done and undone."""
    target = trial.new_target()
    trial.done(start, target=target)
    try:
        trial.run(target, "undo")
    except MigrationsError as error:
        return Finding(kind="undo fails", what="its undo fails.", details=[cause(error)], advice=_UNDO)
    mark = f"_migration_{trial.migration.id}"
    changed = list(differences(unmarked(start, mark), unmarked(trial.database.take(), mark)))
    if not changed:
        return None
    what = "do, then undo, does not give back what was there."
    return Finding(kind="undone", what=what, details=changed, advice=_UNDO)


def idle(trial: Trial, start: Snapshot) -> Finding | None:
    """That it changes nothing of the data that the test made, so that nothing is shown by it."""
    if trial.done(start) != start:
        return None
    return Finding(
        kind="idle",
        what="it changes nothing of the data that this test made, so there is nothing to judge.",
        advice="Make items, before the assertion, that it is to change: migration_test.make_table(..., items=[...]).",
    )


def unsteady(trial: Trial, start: Snapshot) -> Finding | None:
    """What is another thing each time it is done on the same data, at the same time of day."""
    first = trial.done(start)
    changed = list(differences(first, trial.done(start)))
    if not changed:
        return None
    what = "done on the same data, it makes something else of it each time, so two runs of it can't be compared."
    return Finding(kind="unsteady", what=what, details=changed, advice=_STEADY)


Judge = Callable[[Trial, Snapshot], Finding | None]


def unmarked(snapshot: Snapshot, mark: str) -> Snapshot:
    """Without the engine's own mark, by which ``once=True`` knows that an item is done, or undone."""

    def plain(raw: Raw) -> Raw:
        return {name: value for name, value in raw.items() if name != mark}

    for table, key in snapshot.items:
        raw = snapshot.tables[table].items[key]
        if mark in raw:
            snapshot = snapshot.with_item(table, key, plain(raw))
    return snapshot


def cause(error: MigrationsError) -> str:
    """What the migration raised, or why it was not run."""
    return str(error.__cause__ or error)
