"""The record of the newest deploy, which a rollback goes by."""

from __future__ import annotations

from collections.abc import Sequence

from ...migration import Migration
from ...plan import Plan
from ...planners import Planner
from ...records import Deploy
from ...targets import DeployStore


class Recording:
    """
    Plans as *planner* does, and records *deploy* before that.

    It is done here, because here the lock is held and nothing has run yet: of two deploys, the one that is recorded
    ran last; and what a deploy applied can't be there without its record.
    """

    def __init__(self, planner: Planner, store: DeployStore, deploy: Deploy) -> None:
        self._planner = planner
        self._store = store
        self._deploy = deploy

    def plan(self, migrations: Sequence[Migration], applied: Sequence[str]) -> Plan:
        self._store.record_deploy(self._deploy)
        return self._planner.plan(migrations, applied)
