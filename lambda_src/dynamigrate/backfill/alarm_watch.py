"""Has a backfill wait while one of its alarms is in ALARM."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from ..alarms import KNOWN_SECONDS, Alarms, Sighting, waits_for
from ..clock import Clock, Ticker
from ..error_text import describe_error
from ..log import log_event
from .alarm_check import look_at
from .options import Options
from .prompted_thread import PromptedThread

if TYPE_CHECKING:
    from ..context import Context

_ASK_SECONDS: Final = 5.0
# All workers of a fleet together; one that waits for composite alarms too sends two requests each time. DescribeAlarms is
# limited for the whole account, to nine a second.
_ASKS_A_SECOND: Final = 1.5
# How long the work waits for a first answer before it says that it does, and for the thread to end.
_FIRST_SECONDS: Final = 2.0
_END_SECONDS: Final = 1.0
_UNKNOWN: Final = "its alarms to be read"


class AlarmWatch:
    """
    Knows whether one of a backfill's alarms is in ALARM. They are asked for every few seconds, in a thread of its own.

    Where they can't be read, what was seen last holds for five minutes; after that the work goes on. Workers of a fleet ask
    in turn, and each goes by the newest that any of them saw.

    Args:
        seen: What was seen just before; None: nothing.
        workers: How many processes may be at the same work.
        at_work: Tells how many are; None: all.
        tells: Whether this one writes into the log for all of them.
    """

    def __init__(
        self,
        options: Options,
        ctx: Context,
        *,
        seen: Sighting | None = None,
        workers: int = 1,
        at_work: Callable[[], int] | None = None,
        tells: Callable[[], bool] = lambda: True,
    ) -> None:
        self._names = options.throttle_on or ()
        self._alarms: Alarms | None = ctx.runtime.alarms if self._names else None
        self._ctx = ctx
        self._tells = tells
        self._clock: Clock = ctx.runtime.clock
        self._fields = {"run_id": ctx.run_id, "migration": ctx.migration.id}
        self._at_work = at_work or (lambda: workers)
        self._guard = threading.Lock()
        self._seen: Sighting | None = None
        # When what is known was known, by the monotonic clock.
        self._seen_at = self._clock.monotonic()
        self._failure = ""
        self._waits_for = ""
        # Workers began at the same moment, and should not all ask at the same one; nor does any know yet of the others.
        first = _seconds(workers) * (random.random() if workers > 1 else 1)  # noqa: S311 - no secret
        self._ticker = Ticker(self._clock, first)
        self._asks_at_once = _seconds(workers) == _ASK_SECONDS
        self._asked = threading.Event()
        self._thread = PromptedThread("dynamigrate-alarm-watch", self.ask)
        if seen is not None:
            self._take(seen)

    def __enter__(self) -> Self:
        """Have the alarms asked for, where nothing is known of them yet, and wait for it, but not for long."""
        if self._alarms is None:
            return self
        self._thread.start()
        if self._seen is None and self._asks_at_once:
            self._thread.due.set()
            self._asked.wait(_FIRST_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.end(_END_SECONDS)
        self._ctx.runtime.waits_for = ""

    @property
    def waiting(self) -> bool:
        """Whether the work has to wait, as `poll` found."""
        return bool(self._waits_for)

    @property
    def word(self) -> str:
        """What to say to the other workers of a fleet, for them to `hear`; empty: nothing."""
        return "" if self._seen is None else self._seen.text

    def hear(self, words: Iterable[str]) -> None:
        """Take what other workers saw, as each said it last."""
        if self._alarms is not None and (seen := Sighting.newest(words)) is not None:
            self._take(seen)

    def poll(self) -> None:
        """Call this often: the thread asks when it is due, and what has changed is told. Returns at once."""
        if self._alarms is None:
            return
        if self._ticker.due:
            self._ticker = Ticker(self._clock, _seconds(self._at_work()))
            self._thread.due.set()
        before, self._waits_for = self._waits_for, self._reason()
        self._ctx.runtime.waits_for = self._waits_for
        if bool(before) != bool(self._waits_for) and self._tells():
            self._tell(before)

    def _reason(self) -> str:
        with self._guard:
            seen, age = self._seen, self._clock.monotonic() - self._seen_at
        if age > KNOWN_SECONDS:
            return ""
        if seen is None:
            return _UNKNOWN
        return "" if seen.alarm is None else waits_for(self._names[seen.alarm])

    def ask(self) -> None:
        """Ask for the alarms now. Raises nothing."""
        if self._alarms is None:
            return
        at = self._clock.time()
        try:
            seen, missing = look_at(self._alarms, self._names, at)
        except Exception as error:  # noqa: BLE001 - whatever it was, their state is unknown
            self._failed(describe_error(error))
        else:
            if missing:
                self._failed(f"there is no alarm {', '.join(missing)} any more")
            else:
                self._failure = ""
            if not missing or seen.alarm is not None:
                self._take(seen)
        self._asked.set()

    def _take(self, seen: Sighting) -> None:
        age = max(0.0, self._clock.time() - seen.at)
        if age > KNOWN_SECONDS or (seen.alarm is not None and seen.alarm >= len(self._names)):
            return
        with self._guard:
            if self._seen is None or seen.at >= self._seen.at:
                self._seen = seen
                self._seen_at = self._clock.monotonic() - age

    def _failed(self, reason: str) -> None:
        news, self._failure = not self._failure, reason
        if not news or self._thread.over.is_set() or not self._tells():
            return
        sentence = (
            f"{self._ctx.migration}: the alarms of the backfill could not be read ({reason}). What was known last holds for "
            f"{KNOWN_SECONDS / 60:.0f} minutes; then it goes on without them."
        )
        log_event(self._ctx.logger, logging.WARNING, "backfill.alarms_unknown", sentence, **self._fields, reason=reason)

    def _tell(self, before: str) -> None:
        if self._waits_for:
            why = ", which is in ALARM" if self._waits_for != _UNKNOWN else ""
            sentence = f"{self._ctx.migration}: the backfill waits for {self._waits_for}{why}."
            log_event(
                self._ctx.logger,
                logging.INFO,
                "backfill.throttled",
                sentence,
                **self._fields,
                waits_for=self._waits_for,
            )
            return
        known = self._clock.monotonic() - self._seen_at <= KNOWN_SECONDS
        why = (
            "none of its alarms is in ALARM"
            if known
            else f"its alarms could not be read for {KNOWN_SECONDS / 60:.0f} minutes ({self._failure or 'no answer'})"
        )
        log_event(
            self._ctx.logger,
            logging.INFO if known else logging.WARNING,
            "backfill.went_on",
            f"{self._ctx.migration}: the backfill goes on: {why}.",
            **self._fields,
            waited_for=before,
            why=why,
        )


def _seconds(workers: int) -> float:
    """How long each of so many waits between two asks."""
    return max(_ASK_SECONDS, workers / _ASKS_A_SECOND)
