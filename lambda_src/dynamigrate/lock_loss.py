"""How a lock was lost: what a holder that lost it can tell an operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from logging import WARNING, Logger
from typing import Final

from .log import log_event


class LossCause(StrEnum):
    """Why a lock is no longer its holder's."""

    # Another run has it: our process looked dead to it, or the lock was freed and that run had waited for it.
    TAKEN = "taken"
    # The lock's item is gone: an unlock command, the responder of a function that died, or a person deleted it.
    FREED = "freed"
    # The process did not run for longer than the lease: frozen, suspended, or without processor time.
    EXPIRED = "expired"
    # The process ran, and for as long as the lease none of its requests to renew it got through.
    BEATS_FAILED = "beats failed"


# For what goes on after the lock was given back, which is no loss of it.
ALREADY_OVER: Final = "Have the migration wait for its threads before it returns."

_HAPPENED = {
    LossCause.TAKEN: "{by} has it now{since}.",
    LossCause.FREED: "It was freed while it was held: by an unlock command, by the responder or by hand; nobody has it now.",
    LossCause.EXPIRED: "This process did not run for longer than its lease: it was frozen, suspended or starved.",
    LossCause.BEATS_FAILED: "For as long as its lease no request to renew it got through{last_error}.",
}
_NEXT = {
    LossCause.TAKEN: "See what the other run did, and run again.",
    LossCause.FREED: "Find out who freed it, and run again.",
    LossCause.EXPIRED: "Run again; where this comes back, give the function more memory, which is also processor time.",
    LossCause.BEATS_FAILED: "See in the log why requests to DynamoDB failed (lock.beat_failed), and run again.",
}


@dataclass(frozen=True, kw_only=True)
class Lost:
    """
    One loss of a lock, as far as its holder knows.

    Attributes:
        by: Who holds it now, in words; empty: not known.
        since: Since when that one holds it (ISO 8601, UTC); None: not known.
        last_renewed: When it was last ours for certain (ISO 8601, UTC).
        last_error: The error of the last request to renew it that failed; empty: none failed, but none was answered.
        goes_on: It was taken up for the very run that it was held for, which goes on there.
    """

    cause: LossCause
    by: str = ""
    since: str | None = None
    last_renewed: str = ""
    last_error: str = ""
    goes_on: bool = False

    @property
    def sentence(self) -> str:
        """What happened, for a person, with when the lock was last ours."""
        happened = _HAPPENED[self.cause].format(
            by=self.by or "Another driver",
            since=f", since {self.since}" if self.since else "",
            last_error=f" (the last one: {self.last_error})" if self.last_error else "",
        )
        return f"{happened} It was last renewed at {self.last_renewed}." if self.last_renewed else happened

    @property
    def next_step(self) -> str:
        """What to do about it."""
        if self.goes_on:
            return "There is nothing to do: the run goes on there."
        return _NEXT[self.cause]

    def tell(self, logger: Logger, **about: object) -> None:
        """Log it, with what it is about."""
        sentence = f"The lock was lost while it was held. {self.sentence}"
        log_event(logger, WARNING, "lock.lost", sentence, **about, **self.fields())

    def fields(self) -> dict[str, str | None]:
        """The loss as fields of a line in the log."""
        return {
            "cause": self.cause.value,
            "by": self.by or None,
            "since": self.since,
            "last_renewed": self.last_renewed or None,
        }
