"""The engine, as a test runs it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from dynamigrate import Outcome, Source, StepPlanner, Target, ToPlanner, migrate

if TYPE_CHECKING:
    from .client_type import DynamoDBClient


class MigrationEngine:
    """
    Runs migrations of a source, and keeps their history in a target.

    Attributes:
        tables: What migrations get as ``ctx.tables``; may be added to.
        params: What they get as ``ctx.params``; may be added to.
        dynamodb: What they get as ``ctx.dynamodb``; None: nothing.
    """

    def __init__(
        self,
        source: Source,
        target: Target,
        *,
        dynamodb: DynamoDBClient | None = None,
        tables: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        self.source = source
        self.target = target
        self.dynamodb = dynamodb
        self.tables: MutableMapping[str, str] = dict(tables or {})
        self.params: MutableMapping[str, str] = dict(params or {})

    @property
    def done(self) -> tuple[str, ...]:
        """Ids of what is applied, oldest first."""
        return tuple(self.target.done())

    def migrate(self, **settings: Any) -> Outcome:
        """All that is pending; *settings* are those of `dynamigrate.migrate`, which has the errors too."""
        return migrate(
            self.source,
            self.target,
            **{
                "dynamodb": self.dynamodb,
                "tables": self.tables,
                "params": self.params,
                "alarms": NoAlarms(),
                **settings,
            },
        )

    def to(self, migration_id: str, **settings: Any) -> Outcome:
        """Forward or back, so that this one is the newest that is applied."""
        return self.migrate(planner=ToPlanner(migration_id), **settings)

    def undo(self, steps: int = 1, **settings: Any) -> Outcome:
        """The newest *steps*."""
        return self.migrate(planner=StepPlanner(-steps), **settings)


class NoAlarms:
    """Every alarm that a backfill looks at is there, and none is in ALARM."""

    def states(self, names: Any) -> dict[str, str]:
        return dict.fromkeys(names, "OK")
