"""Options that take one of a few words: each list once, for the construct at synth and for the engine as it runs."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from ..errors import InvalidSetting

# What a pending migration with an id below the newest applied one means.
OutOfOrder = Literal["error", "allow"]
# What an applied migration that is unknown to the source means.
Missing = Literal["error", "ignore"]
# What changed code of an applied migration means.
Changed = Literal["warn", "error", "ignore"]
# What becomes of what a run had applied when one of its migrations fails.
OnFailure = Literal["stop", "undo"]
# What an item that can't be written means to a backfill.
OnError = Literal["stop", "skip"]
# Whether a migration runs before the application is deployed, or after it.
Phase = Literal["before", "after"]
# What becomes of a deploy while what one of its migrations requires is not met.
IfNotReady = Literal["fail", "hold"]
# What a migration needs that began and did not finish: a person who looks, or only to be run again.
Recover = Literal["repair", "retry"]
# Whether there must be a point in time, before a migration's first write, that its tables can be restored to.
RestorePointSetting = Literal["required", "note", "none"]
# How much of the data is looked at again after a backfill.
Verify = Literal["sample", "full"]
# Which deploys call the function.
Call = Literal["every-deploy", "on-change"]
# What becomes of what a deploy had applied when another resource of its stack fails.
OnRollback = Literal["nothing", "undo"]
# The level of the function's log.
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

# Seconds that one check may take: it asks a few questions; what has to look at every item is a migration's work.
CHECK_LIMIT: Final = 60.0

# Every choice that the construct hands to the function, by the name of its prop.
PROPS: Final[dict[str, Any]] = {
    "call": Call,
    "out_of_order": OutOfOrder,
    "missing": Missing,
    "changed": Changed,
    "on_failure": OnFailure,
    "on_rollback": OnRollback,
    "restore_point": RestorePointSetting,
    "log_level": LogLevel,
}


def choices(kind: Any) -> tuple[str, ...]:
    """The words that *kind*, one of the types above, takes."""
    found: tuple[str, ...] = get_args(kind)
    return found


def quoted(kind: Any) -> str:
    """Those words as an error lists them, in quotes."""
    return ", ".join(map(repr, choices(kind)))


def is_choice(value: object, kind: Any) -> bool:
    """Whether *value* is one of those words."""
    return isinstance(value, str) and value in choices(kind)


def check_choice(option: str, value: object, kind: Any, *, of: str = "", listed: str = "") -> None:
    """
    Refuse an option whose value is not one of its words.

    Args:
        kind: One of the types above.
        of: What has the option, where that is to be said: a migration's name.
        listed: How the error lists the words, where that is another way than a tuple's.

    Raises:
        InvalidSetting: *value* is none of its words; nothing was done.
    """
    if not is_choice(value, kind):
        from ..error_text import safe_repr

        raise InvalidSetting(
            f"{of}{': ' if of else ''}{option}={safe_repr(value)} is unknown.",
            next_step=f"Use one of {listed or choices(kind)}.",
        )
