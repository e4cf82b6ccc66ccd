"""The alarms of one history."""

from __future__ import annotations

from typing import Self

from aws_cdk import aws_sns as sns
from constructs import Construct

from ..function import MigrationsFunction
from ..migrations_phase import MigrationsPhase
from ..shared_props import SharedProps


class Alarms(Construct):
    """The alarms that ``alarms=True`` asks for."""

    @classmethod
    def of(
        cls, migrations: MigrationsPhase, made: MigrationsFunction, shared: SharedProps, topic: sns.ITopic | None
    ) -> Self:
        raise NotImplementedError
