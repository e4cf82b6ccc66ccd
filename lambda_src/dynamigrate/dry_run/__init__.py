"""
A dry run that does nothing: the functions of a plan are called, in order, and what they would write is counted and not sent.

Requests are taken from all clients of the process while it runs (`interception`). What reads is sent. What writes gets the
answer that the service would give, where that can be known without it (`item_answers`, `table_answers`), so that a function
goes on to its end; where it can't, the function ends there (`ended`), and what comes then is said not to be known.
"""

from __future__ import annotations

from .rehearser import Rehearser

__all__ = ["Rehearser"]
