"""The record of the newest deploy, which a rollback goes by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...migration import Migration
from ...plan import Plan
from ...planners import Planner
from ...records import Deploy


class DeployStore(Protocol):
    """Where it is kept."""

    def record_deploy(self, deploy: Deploy) -> None: ...

    def newest_deploy(self) -> Deploy | None: ...


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
