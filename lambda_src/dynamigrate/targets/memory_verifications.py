"""What a `MemoryTarget` keeps of looks over the data, and of the application."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..contract.names import id_key
from ..figures import figures as kept_figures
from ..records import Application, Record
from .history import unknown_error
from .memory_control import MemoryControl

if TYPE_CHECKING:
    from ..verification import Verification


class MemoryVerifications(MemoryControl):
    """The part of a `MemoryTarget` that keeps what was found in the data, and which application is deployed."""

    def save_verification(self, migration_id: str, found: Verification) -> None:
        def change(record: Record) -> Record:
            return replace(record, verified=found, clean_since=record.clean_since if found.clean else None)

        self._change_known(migration_id, change)

    def note_clean(self, migration_id: str, since: str) -> None:
        self._change_known(migration_id, lambda record: replace(record, clean_since=since))

    def save_cost(self, migration_id: str, figures: Mapping[str, float]) -> None:
        self._change_known(migration_id, lambda record: replace(record, cost=kept_figures(figures)))

    def save_cursors(self, migration_id: str, values: Mapping[int, Any]) -> None:
        saved = {number: json.loads(json.dumps(value)) for number, value in values.items()}
        with self._guard:
            self._locks.require(migration_id)
            self._kept.cursors.setdefault(id_key(migration_id), {}).update(saved)

    def cursors(self, migration_id: str) -> dict[int, Any]:
        with self._guard:
            self._state()
            return copy.deepcopy(self._kept.cursors.get(id_key(migration_id), {}))

    def clear_cursors(self, migration_id: str) -> None:
        with self._guard:
            self._locks.require(migration_id)
            self._kept.cursors.pop(id_key(migration_id), None)

    def note_application(self, application: Application) -> None:
        with self._guard:
            self._state()
            self._locks.require("the application")
            self._kept.application = application

    def application(self) -> Application | None:
        with self._guard:
            self._state()
            return self._kept.application

    def _change_known(self, migration_id: str, change: Callable[[Record], Record]) -> None:
        with self._guard:
            state, key = self._state(), id_key(migration_id)
            self._locks.require(migration_id)
            if (record := state.get(key)) is None:
                raise unknown_error(migration_id)
            state[key] = change(record)
