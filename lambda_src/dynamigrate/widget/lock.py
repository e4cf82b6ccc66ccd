"""Who holds the lock."""

from __future__ import annotations

from .markup import Html, element, joined, text
from .part import Part
from .state import dot
from .times import Times


def lock_line(lock: Part, times: Times) -> Html:
    """Who, since when, and until when at the latest."""
    if not lock.flag("held"):
        told, state = joined("Nobody holds it."), "applied"
    else:
        since, until = lock.text("since"), lock.text("until")
        state = "dirty" if times.is_past(until) else "running"
        parts = [
            text(lock.text("holder") or "Somebody", 300),
            joined("since ", times.at(since), f" ({times.ago(since)})") if since else None,
            joined("until ", times.at(until), " at the latest") if until else None,
            joined("run ", element("span", text(lock.text("run_id"), 80), css="id")) if lock.has("run_id") else None,
        ]
        told = joined(*parts, by=", ")
    return element(
        "div",
        element("h3", "Lock"),
        element("div", dot(state), element("span", told, css="said"), css="lock"),
        css="section",
    )
