"""
Statuses as words ("SHIPPED") instead of letters ("S"), there and back.

A backfill: one function of one order, for the whole table, while the application goes on writing.
"""

from collections.abc import Mapping
from typing import Any

from dynamigrate import Backfill, Context, Update

from ._statuses import STATUSES

_WORDS = {letter: code for letter, code, _label in STATUSES}
_LETTERS = {code: letter for letter, code, _label in STATUSES}


def spell_out(order: Mapping[str, Any], ctx: Context) -> Update | None:
    return _replace(order, _WORDS)


def abbreviate(order: Mapping[str, Any], ctx: Context) -> Update | None:
    return _replace(order, _LETTERS)


def _replace(order: Mapping[str, Any], new: Mapping[str, str]) -> Update | None:
    old = order.get("status")
    return Update(set={"status": new[old]}) if old in new else None


do = Backfill(table="orders", transform=spell_out)
undo = Backfill(table="orders", transform=abbreviate)
