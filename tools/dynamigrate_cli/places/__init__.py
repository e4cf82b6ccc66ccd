"""Where a command is carried out: here, on a state and a folder; or by the function that a stack deployed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """
    One line of a run's log.

    Attributes:
        event: Its name, such as ``migration.progress``; empty for a line of a migration's own.
        level: Such as ``INFO``.
        fields: What stands beside it.
    """

    message: str
    event: str = ""
    level: str = "INFO"
    fields: Mapping[str, Any] = field(default_factory=dict)


# Between these a migration is under way.
STARTED: Final = frozenset({"migration.started", "migration.undo_started"})
ENDED: Final = frozenset({"migration.applied", "migration.undone", "migration.failed", "migration.stopped"})

Listener = Callable[[LogLine], None]


def nobody(_line: LogLine) -> None:
    """Listens to nothing."""


class Place(Protocol):
    """What carries out commands. Both kinds answer in the same shape."""

    @property
    def words(self) -> str:
        """Which one it is, for a person."""
        ...

    @property
    def short_words(self) -> str:
        """The same, for where there is little room."""
        ...

    @property
    def goes_on(self) -> bool:
        """Whether what it was asked for goes on where nobody waits for it any more."""
        ...

    def ask(self, event: Mapping[str, object], *, listener: Listener = nobody, long: bool = False) -> Answer:
        """
        Have *event* carried out.

        Args:
            listener: Gets the lines of the log as it goes on; from other threads, too.
            long: It may take long, so that its log is worth a request now and then.

        Raises:
            Fault: It could not be asked.
        """
        ...

    def follow(self, answer: Answer, *, listener: Listener = nobody) -> Answer:
        """
        Wait for the end of a run that goes on after *answer*, and say how it ended.

        Raises:
            Fault: Its log can't be read.
        """
        ...
