"""Whole-table rewrites: guarded against live traffic, resumable, at a table's own speed."""

from __future__ import annotations

from .backfill import Backfill
from .capacity.cloudwatch import CloudWatchMeter
from .capacity.cloudwatch_alarms import CloudWatchAlarms
from .errors import BackfillError
from .item import Item
from .writes import Delete, Put, Update

__all__ = ["Backfill", "BackfillError", "CloudWatchAlarms", "CloudWatchMeter", "Delete", "Item", "Put", "Update"]
