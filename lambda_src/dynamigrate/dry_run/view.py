"""What came of a function in a dry run, as the answer of a command has it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..records import Failure
from ..rehearsal import Rehearsed
from .ledger import shown
from .world import World

if TYPE_CHECKING:
    from .function_run import FunctionRun

MASKED: Final = "(its message is left out, as it may have a key in it)"
STOPPED: Final = "It stopped at its checkpoint. Why is left out, as it may have a key in it."
NOTHING: Final = "It would write nothing."


def view_of(
    run: FunctionRun,
    world: World,
    *,
    failure: Failure | None,
    stopped: str,
    masked: bool,
    prices: Mapping[str, float] | None,
    seconds: float,
) -> dict[str, Any]:
    """
    Args:
        failure: What the function raised; None: nothing.
        stopped: That it stopped at its checkpoint, a sentence; empty: it did not.
        masked: Whether what these say may have a key in it that is not to be shown.
        prices: Dollars a million request units; None: those that are known.
        seconds: How long it took here.
    """
    ledger, found = run.ledger, run.found
    tables = {name: dict(count.view()) for name, count in ledger.tables.items()}
    for one in found:
        for name, counts in one.tables.items():
            _add(tables.setdefault(name, {}), counts)
    units = {kind: shown(sum(one.get(kind, 0) for one in tables.values()), 1) for kind in ("read_units", "write_units")}
    if stopped and masked:
        stopped = STOPPED
    unknown = [*ledger.unknowns, *(one for one in (run.ended, stopped) if one)]
    minutes = [one.cost["minutes"] for one in found if "minutes" in one.cost]
    error = None if failure is None else {"type": failure.type, "message": failure.message, "where": failure.where}
    if error is not None and masked:
        error["message"] = MASKED
    writes = ledger.writes or any(one.writes_to for one in found)
    return {
        "tables": tables,
        **({"others": ledger.others} if ledger.others else {}),
        **units,
        **_dollars(run, world, found, prices),
        **({"minutes": shown(math.fsum(minutes), 2)} if minutes else {}),
        # Of a backfill what it would take, as a look at a sample takes no time.
        "seconds": round(math.fsum(minutes) * 60 if minutes else seconds, 3),
        **({"sample": _sample(found)} if found else {}),
        **({"unknown": unknown} if unknown else {}),
        **({"error": error} if error else {}),
        **({} if writes or unknown or error else {"note": NOTHING}),
    }


def _add(counts: dict[str, float], more: Mapping[str, float]) -> None:
    for name, value in more.items():
        counts[name] = shown(counts.get(name, 0) + value, 1)


def _dollars(
    run: FunctionRun, world: World, found: Sequence[Rehearsed], prices: Mapping[str, float] | None
) -> dict[str, float]:
    """Empty where that of a part can't be told."""
    if any("dollars" not in one.cost for one in found):
        return {}
    own = [
        world.dollars(name, count.read_units, count.write_units, prices) for name, count in run.ledger.tables.items()
    ]
    return {"dollars": shown(math.fsum([*own, *(one.cost["dollars"] for one in found)]), 6)}


def _sample(found: Sequence[Rehearsed]) -> dict[str, Any]:
    """Of several backfills all of theirs."""
    if len(found) == 1:
        return dict(found[0].sample)
    counts = {
        name: sum(one.sample.get(name, 0) for one in found)
        for name in ("read", "would_change", "failed", "left_out")
        if any(name in one.sample for one in found)
    }
    return {**counts, "items": [item for one in found for item in one.sample.get("items", ())]}
