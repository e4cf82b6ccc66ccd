"""The moment before a run's first write, to which its tables can be restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

# Whether point-in-time recovery is on for a table, as far as that could be told.
TableState = Literal["on", "off", "unknown"]

# "Point-in-time recovery" in DynamoDB's developer guide: a moment can be restored to for 35 days, and from some five
# minutes after it.
_KEPT: Final = timedelta(days=35)
_LATER: Final = timedelta(minutes=5)
_LONGEST_NAME: Final = 255
# In a failure, which has to fit a terminal: the others' commands are in the answer to ``history``.
_SHOWN: Final = 2


@dataclass(frozen=True, kw_only=True)
class RestorePoint:
    """
    A moment before a run's first write.

    Attributes:
        at: UTC, to the second: ``2026-11-26T10:15:00Z``.
        tables: Whether each, by its physical name, can be restored to it.
        region: Where the tables are; empty: not known.
    """

    at: str
    tables: Mapping[str, TableState] = field(default_factory=dict)
    region: str = ""

    @classmethod
    def before(cls, seconds: float, tables: Mapping[str, TableState], *, region: str = "") -> RestorePoint:
        """The last whole second that has nothing of what is written from *seconds* since the epoch on."""
        # Its own second may have the first write, too.
        moment = datetime.fromtimestamp(int(seconds) - 1, UTC)
        return cls(at=moment.strftime("%Y-%m-%dT%H:%M:%SZ"), tables=dict(tables), region=region)

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)

    def of(self, state: TableState) -> tuple[str, ...]:
        """The tables in *state*."""
        return tuple(name for name, one in self.tables.items() if one == state)

    def is_kept(self, seconds: float) -> bool:
        """Whether the tables can still be restored to it, at *seconds* since the epoch."""
        return datetime.fromtimestamp(seconds, UTC) - self.moment < _KEPT

    @property
    def commands(self) -> tuple[str, ...]:
        """What restores each table that can be, to a new one beside it, which leaves the table as it is."""
        return tuple(self._command(name) for name in self.of("on"))

    @property
    def works_from(self) -> str:
        """From when on the commands work, in words."""
        return f"{self.moment + _LATER:%H:%M} UTC"

    @property
    def told(self) -> str:
        """It in a sentence."""
        told = [f"The moment before the first write is {self.at}"]
        states: tuple[tuple[TableState, str], ...] = (
            ("on", "can be restored to it"),
            ("off", "can't be restored to it: point-in-time recovery is off"),
            ("unknown", "may be: whether point-in-time recovery is on could not be told"),
        )
        told += [f"{', '.join(names)} {words}" for state, words in states if (names := self.of(state))]
        return f"{'; '.join(told)}."

    @property
    def hint(self) -> str:
        """How to get the data back as it was, for the end of a failure; empty: there is no way that is known."""
        commands = self.commands
        if not commands:
            return ""
        more = len(commands) - _SHOWN
        told = " and ".join(commands[:_SHOWN])
        others = f"; history has it for {more} more" if more > 0 else ""
        return (
            f"To have the data beside it as it was before the first write ({self.at}), from about {self.works_from} on: "
            f"{told}{others}."
        )

    def to_dict(self) -> dict[str, Any]:
        """It as JSON can say it."""
        return {"at": self.at, "tables": dict(self.tables), **({"region": self.region} if self.region else {})}

    @classmethod
    def from_dict(cls, value: object) -> RestorePoint | None:
        """What `to_dict` made, by this version or another; None: *value* is no such thing."""
        if not isinstance(value, Mapping) or not isinstance(at := value.get("at"), str):
            return None
        tables, region = value.get("tables", {}), value.get("region", "")
        known = isinstance(tables, Mapping) and all(
            one in get_args(TableState) for one in tables.values() if _text(one)
        )
        if not known or not all(map(_text, tables.values())) or not isinstance(region, str):
            return None
        try:
            if datetime.fromisoformat(at).tzinfo is None:
                return None
        except ValueError:
            return None
        return cls(at=at, tables={str(name): state for name, state in tables.items()}, region=region)

    def _command(self, table: str) -> str:
        name = table.rpartition("table/")[2]
        mark = f"-{self.moment:%Y%m%dT%H%M%SZ}"
        source = "--source-table-arn" if table.startswith("arn:") else "--source-table-name"
        region = f" --region {self.region}" if self.region else ""
        return (
            f"aws dynamodb restore-table-to-point-in-time {source} {table} "
            f"--target-table-name {name[: _LONGEST_NAME - len(mark)]}{mark} --restore-date-time {self.at}{region}"
        )


def _text(value: object) -> bool:
    return isinstance(value, str)
