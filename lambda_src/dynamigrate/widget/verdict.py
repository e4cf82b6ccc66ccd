"""How a history stands, in the fewest words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .amounts import count
from .matters import Matter
from .state import History


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """
    Attributes:
        state: In whose colour it stands.
        word: One for a row of many.
        sentence: Without its stop.
    """

    state: str
    word: str
    sentence: str


def verdict(history: History, found: Sequence[Matter]) -> Verdict:
    """
    That of *history*.

    Args:
        found: What there is to be done about it.
    """
    if not history.is_known:
        return Verdict(state="dirty", word="unknown", sentence="The state is not known")
    counts = history.counts
    if urgent := sum(one.state == "dirty" for one in found):
        sentence = f"{count(urgent, 'thing')} {'needs' if urgent == 1 else 'need'} you"
        return Verdict(state="dirty", word="needs you", sentence=sentence)
    if running := counts.get("running", 0):
        return Verdict(state="running", word="running", sentence=f"{count(running, 'migration')} under way")
    if history.status.part("lock").flag("held"):
        return Verdict(state="running", word="running", sentence="A run is under way")
    if history.dirty:
        return Verdict(
            state="pending", word="unfinished", sentence=f"{count(len(history.dirty), 'migration')} unfinished"
        )
    if pending := counts.get("pending", 0):
        return Verdict(state="pending", word="pending", sentence=f"{count(pending, 'migration')} pending")
    return _at_rest(history)


def _at_rest(history: History) -> Verdict:
    counts = history.counts
    if not counts:
        return Verdict(state="missing", word="empty", sentence="There are no migrations yet")
    if held := counts.get("held", 0):
        sentence = f"{count(held, 'migration')} held, all others applied"
        return Verdict(state="held", word="held", sentence=sentence)
    applied = counts.get("applied", 0)
    if missing := counts.get("missing", 0):
        sentence = f"{count(applied + missing, 'migration')} applied, {missing:,} not in this code"
        return Verdict(state="missing", word="applied", sentence=sentence)
    all_of = "The one migration is applied" if applied == 1 else f"All {applied:,} migrations are applied"
    return Verdict(state="applied", word="up to date", sentence=all_of)
