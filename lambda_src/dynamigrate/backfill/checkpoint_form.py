"""The form of what a backfill keeps as its migration's checkpoint."""

from __future__ import annotations

from typing import Any, Final

from .options import MOST_SEGMENTS

# Versions of the checkpoint's format. Older code knows the first alone, and refuses the second.
VERSION: Final = 1
WITH_EARLIER: Final = 2
_BEGUN: Final = frozenset({"table", "index", "segments", "token", "finished"})


def pass_of(saved: Any) -> int:
    """Which pass is under way, by a checkpoint; 1, where it does not say."""
    number = saved.get("pass", 1) if isinstance(saved, dict) else 1
    return number if type(number) is int else 1


def is_whole(saved: Any) -> bool:
    """Whether everything is there, and is what this code writes."""
    if not isinstance(saved, dict) or saved.get("backfill") not in (VERSION, WITH_EARLIER):
        return False
    earlier = saved.get("earlier", [])
    return (
        saved.keys() >= _BEGUN
        and isinstance(saved["table"], str)
        and isinstance(saved["index"], str | None)
        and isinstance(saved.get("transform"), str | None)
        and isinstance(saved["token"], str)
        and isinstance(saved["segments"], int)
        and 0 < saved["segments"] <= MOST_SEGMENTS
        and isinstance(saved["finished"], bool)
        and isinstance(earlier, list)
        and all(_is_identity(one) for one in earlier)
        and (pass_of(saved) == 1 or (isinstance(saved.get("passed"), dict) and type(saved.get("settled")) is int))
    )


def _is_identity(one: Any) -> bool:
    match one:
        case [str(), str() | None, str() | None]:
            return True
    return False
