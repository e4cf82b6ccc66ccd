"""The dashboard of one history."""

from __future__ import annotations

from typing import Self

from constructs import Construct

from ..function import MigrationsFunction
from ..migrations_phase import MigrationsPhase
from ..shared_props import SharedProps


class OwnDashboard(Construct):
    """The dashboard that ``dashboard=True`` asks for."""

    @classmethod
    def of(cls, migrations: MigrationsPhase, made: MigrationsFunction, shared: SharedProps) -> Self:
        raise NotImplementedError
