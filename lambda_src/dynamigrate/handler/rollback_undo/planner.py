"""What of one deploy can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...history import History
from ...log import listed
from ...migration import Migration
from ...plan import Action, Direction, Plan
from ...records import Deploy, Record
from ...targets.history import dirty_error
from ..errors import NothingTakenBack


@dataclass(frozen=True)
class TakeBackPlanner:
    """
    Undoes what one deploy applied, newest first, as far as it can be undone.

    It stops before the first that has no undo, or that something of another run was built upon: nothing older than
    that is undone. The deploy has to be the newest: an older one's migrations are what later deploys rest on.

    Attributes:
        newest: The newest deploy that ran, as it is while the lock is held; None: none has.
    """

    deploy: Deploy
    newest: Deploy | None

    def plan(self, migrations: Sequence[Migration], history: History, /) -> Plan:
        """
        The plan's note says why it is not all that the deploy applied.

        Raises:
            NothingTakenBack: There is nothing that it could undo; says why.
            DirtyMigration: An earlier run has not finished.
        """
        if dirty := [record for record in history.records if record.left_dirty]:
            raise dirty_error(dirty)
        ours = applied_by(self.newest, self.deploy, history.records)
        others = [record for record in history.records if record.key not in {one.key for one in ours}]
        known = {migration.key: migration for migration in migrations}
        actions: list[Action] = []
        why_not = ""
        for record in reversed(ours):
            migration = known.get(record.key)
            why_not = _why_not(record, migration, others)
            if migration is None or why_not:
                break
            actions.append(Action(Direction.UNDO, migration))
        running = [record.name() for record in history.records if record.running]
        left = f"Running, detached, and left alone: {listed(running)}." if running else ""
        if not actions:
            why_not = why_not or "The deploy had applied nothing."
            raise NothingTakenBack(" ".join(filter(None, (why_not, left))), next_step="Nothing was undone.")
        return Plan(tuple(actions), note=" ".join(filter(None, (why_not, left))))


def applied_by(newest: Deploy | None, deploy: Deploy, records: Sequence[Record]) -> list[Record]:
    """
    Those of *records* that *deploy* applied, oldest first.

    Raises:
        NothingTakenBack: It is not the *newest* deploy.
    """
    if newest is None or not newest.is_the_same(deploy):
        found = f"the newest that ran is {newest.deploy_id}" if newest else "none has run"
        raise NothingTakenBack(
            f"The deploy {deploy.deploy_id} ran no migrations: {found}.", next_step="Nothing was undone."
        )
    return [record for record in records if not record.dirty and record.details.run_id == newest.run_id]


def _why_not(record: Record, migration: Migration | None, others: Sequence[Record]) -> str:
    """Why *record* can't be undone; empty: it can."""
    if migration is None:
        return f"{record.name()} is not in the code of the deploy."
    if not migration.can_undo:
        return f"{migration} has no undo."
    later = [one.name() for one in others if (one.started_at or "") > (record.started_at or "")]
    return f"{migration} was followed by {listed(later)}, which another run applied." if later else ""
