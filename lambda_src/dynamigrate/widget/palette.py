"""The colours of both themes, for CloudWatch's own light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Text in each of these on `panel`, on the dashboard itself, and a state's on its own `_tint`, has a contrast of 4.5 or
# more (WCAG 2.2, 1.4.3); bars and dots one of 3 (1.4.11).
LIGHT: Final[Mapping[str, str]] = {
    "text": "#16191f",
    "quiet": "#545b64",
    "line": "#e3e6ea",
    "panel": "#f5f7f9",
    "track": "#dde1e6",
    "button": "#ffffff",
    "applied": "#0b6e27",
    "applied_tint": "#e3f4e7",
    "running": "#0559b3",
    "running_tint": "#e2effc",
    "pending": "#7d5200",
    "pending_tint": "#fbf0d6",
    "held": "#6a35b1",
    "held_tint": "#f0e8fb",
    "dirty": "#b8121b",
    "dirty_tint": "#fdeaea",
    "missing": "#4d5866",
    "missing_tint": "#e9edf1",
}
DARK: Final[Mapping[str, str]] = {
    "text": "#eceff3",
    "quiet": "#a9b4c2",
    "line": "#323d4b",
    "panel": "#1f2a36",
    "track": "#3a4757",
    "button": "#16202b",
    "applied": "#5fd38a",
    "applied_tint": "#14372a",
    "running": "#72b8ff",
    "running_tint": "#15344f",
    "pending": "#f3bd54",
    "pending_tint": "#3b2f12",
    "held": "#c7a6ff",
    "held_tint": "#322650",
    "dirty": "#ff9089",
    "dirty_tint": "#48191e",
    "missing": "#b4bfcc",
    "missing_tint": "#2d3845",
}
# What CloudWatch puts a widget on: white; and the dark ones of its console, older and newer.
GROUNDS: Final[Mapping[str, tuple[str, ...]]] = {"light": ("#ffffff",), "dark": ("#161d26", "#0f1b2a", "#1a2029")}
STATES: Final = ("applied", "running", "pending", "held", "dirty", "missing")
