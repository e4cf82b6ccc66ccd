"""Sends events to the default bus, and holds nothing up."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from ...error_text import describe_error
from ...log import counted, log_event
from .details import SOURCE, Told

# Seconds that a process's events may hold one of its runs up, in all.
PATIENCE: Final = 2.0
# "PutEvents" in EventBridge's reference takes so many entries.
_MOST_ENTRIES: Final = 10


class Sender:
    """
    Sends what it is given, in order. What could not be sent goes with the next that is, as far as it fits.

    Args:
        bus: Makes the client, or returns it.
    """

    def __init__(self, bus: Callable[[], Any], *, log: logging.Logger) -> None:
        self._bus = bus
        self._log = log
        self._waiting: list[Told] = []
        self._kept: list[Told] = []
        self._left = PATIENCE

    def begin(self) -> None:
        """Another run: it may be held up as long as any."""
        self._waiting.clear()
        self._kept.clear()
        self._left = PATIENCE

    def keep(self, told: Told) -> None:
        """Have *told* go with the next that is sent: where there are many, a request for each would take long."""
        self._kept.append(told)

    def flush(self) -> None:
        """Send what is kept."""
        if self._kept:
            self.send()

    def send(self, *told: Told) -> None:
        """Send them, or log that they could not be."""
        self._waiting += [*self._kept, *told]
        self._kept.clear()
        if not self._waiting:
            return
        if self._left <= 0:
            self._could_not("there is no time left to wait for EventBridge")
            return
        try:
            # Made here, as the environment is put back for it meanwhile.
            client = self._bus()
        except Exception as error:  # noqa: BLE001 - logged
            self._could_not(describe_error(error))
            return
        while self._waiting and self._left > 0:
            entries = self._waiting[:_MOST_ENTRIES]
            if (why := self._put(client, entries)) is not None:
                self._could_not(why)
                return
            del self._waiting[: len(entries)]

    def _put(self, client: Any, told: list[Told]) -> str | None:
        """Send them; returns why that failed, None: it did not."""
        answer: list[Any] = []

        def put() -> None:
            try:
                answer.append(client.put_events(Entries=[_entry(one) for one in told]))
            except BaseException as error:  # noqa: BLE001 - it is logged where it is waited for
                answer.append(error)

        # In a thread, because no setting of a client's bounds all that a request may wait for.
        thread = threading.Thread(target=put, name="dynamigrate-events", daemon=True)
        began = time.monotonic()
        thread.start()
        thread.join(self._left)
        self._left -= time.monotonic() - began
        match answer:
            case []:
                return f"EventBridge did not answer within {PATIENCE:.0f} s"
            case [BaseException() as error]:
                return describe_error(error)
            case [{"FailedEntryCount": int(count), "Entries": list(entries)}] if count:
                codes = {str(one.get("ErrorCode")) for one in entries if one.get("ErrorCode")}
                return f"EventBridge refused {counted(count, 'entry')}: {', '.join(sorted(codes))}"
        return None

    def _could_not(self, why: str) -> None:
        types = [one.type for one in self._waiting]
        del self._waiting[:-_MOST_ENTRIES]
        log_event(
            self._log,
            logging.WARNING,
            "event.not_sent",
            f"EventBridge was not told ({', '.join(types)}), which changes nothing: {why}.",
            types=types,
            error=why,
        )


def _entry(told: Told) -> dict[str, Any]:
    return {
        "Source": SOURCE,
        "DetailType": told.type,
        "Detail": json.dumps(told.detail, ensure_ascii=False),
        "Time": datetime.fromtimestamp(told.at, UTC),
    }
