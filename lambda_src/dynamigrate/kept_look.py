"""What is kept of a look over the data of one migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .lifecycle import MigrationVerified, Tell, tell_nobody
from .verification import Verification

if TYPE_CHECKING:
    from .migration import Migration
    from .targets import Verifications


class KeptLook:
    """
    The part of a target that is about looks over one migration's data.

    Attributes:
        of: What looks: a run, or an application's deploy with all of its runs, or whoever does so beside the runs. Only what
            is of the same goes on with a look.

    Args:
        store: Where it is kept; None: nowhere, as in a target of the user's own that is older than this.
        tell: Is told of what a look found.
    """

    def __init__(
        self,
        store: Verifications | None,
        record_id: str,
        *,
        migration: Migration,
        run_id: str,
        app_version: str = "",
        of: str,
        tell: Tell = tell_nobody,
    ) -> None:
        self.of = of
        self._store = store
        self._id = record_id
        self._migration = migration
        self._tell = tell
        self._run_id = run_id
        self._app_version = app_version

    def signed(self, found: Verification) -> Verification:
        """*found*, with the run that found it."""
        return replace(found, run_id=self._run_id, app_version=self._app_version)

    def save(self, found: Verification) -> Verification:
        """
        Keep *found* with the migration; returns it signed.

        Raises:
            LockLost: The run's lock is no longer its own.
        """
        found = self.signed(found)
        if self._store is not None:
            self._store.save_verification(self._id, found)
        self._tell(MigrationVerified(run_id=self._run_id, migration=self._migration, found=found))
        return found

    def cursors(self) -> dict[int, Any]:
        """How far the parts of a look got that is under way, by number."""
        return {} if self._store is None else self._store.cursors(self._id)

    def save_cursors(self, values: Mapping[int, Any]) -> None:
        """
        Keep how far these parts got.

        Raises:
            LockLost: The run's lock is no longer its own.
        """
        if self._store is not None:
            self._store.save_cursors(self._id, values)

    def clear_cursors(self) -> None:
        """
        Forget all parts.

        Raises:
            LockLost: The run's lock is no longer its own.
        """
        if self._store is not None:
            self._store.clear_cursors(self._id)
