"""What calls an operator: alarms, and the function that looks after what they are about."""

from __future__ import annotations

from .alarms import Alarms

__all__ = ["Alarms"]
