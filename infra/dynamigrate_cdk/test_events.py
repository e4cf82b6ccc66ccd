"""The commands as test events that are shared in the Lambda console."""

from __future__ import annotations

from .migrations_phase import MigrationsPhase


def add_test_events(migrations: MigrationsPhase) -> None:
    raise NotImplementedError
