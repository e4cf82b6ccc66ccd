"""An event for each manual command: what the help shows, and what the constructs make test events of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EXAMPLE_ID: Final = "20261123090000"
# In the order of the help: to look, to run, to set the record straight, while a run is under way.
EXAMPLES: Final[Mapping[str, Mapping[str, object]]] = MappingProxyType(
    {
        str(event["action"]): event
        for event in (
            {"action": "status"},
            {"action": "plan", "check": True},
            {"action": "history", "n": 10},
            {"action": "migrate"},
            {"action": "step", "n": 1},
            {"action": "to", "migration": EXAMPLE_ID},
            {"action": "undo", "confirm": True},
            {"action": "rewind", "confirm": True},
            {"action": "reset", "confirm": True},
            {"action": "repair", "migration": EXAMPLE_ID, "as": "pending", "confirm": True},
            {"action": "baseline", "migration": EXAMPLE_ID, "confirm": True},
            {"action": "verify", "migration": EXAMPLE_ID, "sample": 1000},
            {"action": "pause"},
            {"action": "resume"},
            {"action": "rate", "write_units": 500, "for": "90m"},
            {"action": "workers", "n": 2},
            {"action": "cancel", "confirm": True},
            {"action": "unlock", "confirm": True},
        )
    }
)
