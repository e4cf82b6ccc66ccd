"""Who looks at a dashboard: theme, width and time zone, as CloudWatch tells them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Viewer:
    dark: bool = False
