"""The table of a backfill, once it can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..transport import Transport
from ..transport.boto import BotoTransport
from .options import Options
from .table import Table, find

if TYPE_CHECKING:
    from ..context import Context


def check_table(options: Options, ctx: Context) -> Table:
    """
    Find the table of *options*, and keep what was found for the run that follows, too.

    Raises:
        BackfillError: As `find` has it.
    """
    found = usable_table(options, ctx, BotoTransport(ctx.dynamodb, ctx.require_lock))
    ctx.runtime.prepared[options] = found
    return found


def usable_table(options: Options, ctx: Context, transport: Transport) -> Table:
    """
    Find it, and wait until it can be used.

    Raises:
        BackfillError: As `find`.
        NotReady: It, or the index, can't be used, or not in time.
    """
    found: Table

    def look() -> str:
        nonlocal found
        found = find(transport, ctx.runtime.tables, options.table, options.index)
        return found.awaited

    ctx.runtime.wait_until_ready(look)
    ctx.runtime.is_usable(found.name)
    return found
