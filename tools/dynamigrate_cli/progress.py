"""How far a run is, on stderr: a bar in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from dynamigrate.commands.text.status import progress_text

from .places import ENDED, STARTED, LogLine
from .render.quantities import duration
from .terminal import Terminal, clean, give_up_stderr

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

# Seconds between two lines about one migration, where there is no terminal.
_PAUSE: Final = 30.0
_PROGRESS: Final = frozenset({"migration.progress", "verify.progress"})
# Said as they are; the others are for those who read the log.
_SAID: Final = frozenset(
    {
        "fleet.started",
        "migration.detached",
        "migration.held",
        "run.handed_over",
        "run.taken_up",
        "table.awaited",
        "table.ready",
        "backfill.pass",
        "backfill.throttled",
        "backfill.went_on",
    }
)
# The answer says the same.
_TOLD_LATER: Final = frozenset(
    {"lock.unlocked", "migration.failed", "migration.stopped", "plan.refused", "run.finished"}
)


class Progress:
    """
    Hears the lines of a run's log, and shows what a person wants to see of them. Several threads may call it.

    Args:
        waiting: What is at work until it says more of itself, in words.
        clock: Seconds that only go forward.
    """

    def __init__(self, terminal: Terminal, waiting: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._terminal = terminal
        self._waiting = waiting
        self._clock = clock
        # An interrupt may come while a line is heard, and has a line of its own.
        self._mutex = threading.RLock()
        self._bars: Bars | None = None
        self._task: Any = None
        self._said: float | None = None
        self._over = False

    def __enter__(self) -> Self:
        try:
            if self._terminal.has_bars:
                self._show_bar(self._waiting)
        except BaseException:  # an interrupt: there is no exit after an entry that failed
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._mutex:
            try:
                self._end()
            except OSError:
                give_up_stderr()
            self._over = True

    def hear(self, line: LogLine) -> None:
        """Take one line of the log; one that comes late, when the answer is there, is passed over."""
        with self._mutex:
            if self._over:
                return
            try:
                self._hear(line)
            except OSError:
                give_up_stderr()

    def _hear(self, line: LogLine) -> None:
        if line.event in STARTED:
            self._end()
            self._begin(line)
        elif line.event in _PROGRESS:
            self._advance(line)
        elif line.event in ENDED:
            self._end()
            if line.event not in _TOLD_LATER:
                self._say(line.message, "applied")
        elif line.event in _SAID or (not line.event and line.level in {"INFO", "WARNING", "ERROR"}):
            self._say(line.message)
        elif line.level in {"WARNING", "ERROR"} and line.event not in _TOLD_LATER:
            self._say(line.message, "warning")

    def _begin(self, line: LogLine) -> None:
        self._said = self._clock()
        if self._terminal.has_bars:
            undo = "undo of " if line.event == "migration.undo_started" else ""
            self._show_bar(f"{undo}{line.fields.get('migration', '')}")
        else:
            self._say(line.message)

    def _show_bar(self, about: str) -> None:
        from .render.bars import new_bars

        self._bars = new_bars(self._terminal.err)
        self._task = self._bars.add_task(about, total=None, how="")
        self._bars.start()

    def _advance(self, line: LogLine) -> None:
        fields = line.fields
        if self._bars is not None:
            self._bars.update(
                self._task,
                completed=float(fields.get("done", 0)),
                total=float(fields.get("total", 0)) or None,
                how=_short(fields),
            )
            return
        now = self._clock()
        if self._said is None or now - self._said >= _PAUSE:
            self._said = now
            about = fields.get("migration")
            self._say(f"{about}: {progress_text(fields)}." if about else f"{progress_text(fields)}.")

    def _end(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None

    def _say(self, text: str, style: str = "") -> None:
        if self._bars is not None:
            self._bars.console.print(clean(text), style=style or None)
        else:
            self._terminal.tell(text, style)


def _short(fields: Any) -> str:
    """Beside the bar, where there is little room: ``24 % 310/s 4 min 10 s``."""
    parts = []
    if fields.get("waits_for"):
        return f"waits for {fields['waits_for']}"
    if "percent" in fields:
        parts.append(f"{fields['percent']:.0f} %")
    elif fields.get("total"):
        parts.append(f"{100 * fields['done'] / fields['total']:.0f} %")
    if fields.get("per_second"):
        parts.append(f"{fields['per_second']:,.0f}/s")
    if fields.get("seconds_left"):
        parts.append(f"{duration(fields['seconds_left'])} left")
    return ", ".join(parts)
