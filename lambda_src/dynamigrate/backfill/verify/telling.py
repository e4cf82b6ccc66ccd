"""What the log says of looks over the data."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ...log import counted, log_event
from ...verification import Verification
from .second_call import SETTLE, UNSETTLED

if TYPE_CHECKING:
    from ...context import Context


def tell_finish(ctx: Context, table: str, found: Verification) -> None:
    """Say what was *found* in *table*; louder, where it is not clean."""
    low, high = found.interval
    fields: dict[str, Any] = {
        name: value for name, value in found.to_dict().items() if name not in ("at", "run_id", "app_version")
    }
    log_event(
        ctx.logger,
        logging.INFO if found.clean else logging.WARNING,
        "verify.finished",
        f"{ctx.migration}: {described(table, found)}",
        run_id=ctx.run_id,
        migration=ctx.migration.id,
        table=table,
        **fields,
        low=round(low, 6),
        high=round(high, 6),
    )


def described(table: str, found: Verification) -> str:
    """What was *found* in *table*, in sentences."""
    of = f"{counted(found.checked, 'item')}" if found.whole else f"{found.checked:,} of about {found.total:,} items"
    if found.clean:
        settled = f", after {counted(found.settled, 'item')} changed in further passes" if found.settled else ""
        return f"{of} of {table} looked at, and nothing is left to be changed{settled}."
    parts = []
    if found.would_change:
        would = f"{found.would_change:,} would still change"
        if not found.whole:
            low, high = found.interval
            would += f" (of all, {low:.2%} to {high:.2%}, with 95 % confidence)"
        if found.keys:
            would += f", such as {', '.join(found.keys)}"
        parts.append(would)
    if found.failed:
        parts.append(f"of {found.failed:,} it could not be told, or they were left out")
    sentence = f"{of} of {table} looked at: {'; '.join(parts)}."
    if found.unsettled:
        sentence += f" The transform does not settle, as {found.unsettled:,} of them show: {UNSETTLED}. {SETTLE}"
    return sentence
