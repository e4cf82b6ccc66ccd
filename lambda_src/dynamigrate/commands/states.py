"""The states of migrations in an answer to ``status``, as a person counts them: what is under way is not dirty."""

from __future__ import annotations

from typing import Final

from .answers import AnswerObject

# What is found of a dirty migration whose run holds the lock: it is well, as far as anybody can see.
UNDER_WAY: Final = "running"


def under_way(answer: AnswerObject) -> set[str]:
    """Ids of those dirty ones whose run holds the lock."""
    return {one["migration"] for one in answer.get("dirty", ()) if one["found"] == UNDER_WAY}


def counts(answer: AnswerObject) -> dict[str, int]:
    """How many there are of each state, those that are under way as running."""
    found = dict(answer.get("counts", {}))
    if running := len(under_way(answer)):
        found["running"] = found.get("running", 0) + running
        found["dirty"] = found.get("dirty", 0) - running
    return found
