"""The command that looks over the data of a migration that has run: ``verify``."""

from __future__ import annotations

from ..errors import StopRequested
from ..next_step import Command
from ..verifiable import VerifyOrder
from ..verifying import applied
from ..verifying import verify as look
from .answers import AnswerObject, succeeded
from .call import Call
from .change_views import verification_view


def verify(call: Call) -> AnswerObject:
    """Count what a backfill would still change, of a sample or of all items. Takes no lock, and changes nothing."""
    arguments = call.arguments
    migration, record = applied(arguments.migration, call.migrations(), call.target.records())
    order, door = VerifyOrder(sample=arguments.sample), call.door
    try:
        with door.about(record.id), door.around():
            environment = door.environment(call.run, record.id)
            found = look(migration, record, call.target, environment, run=call.run, order=order)
    except StopRequested as stop:
        given = {"migration": arguments.migration} | ({} if order.sample is None else {"sample": order.sample})
        note = f"{stop.message} What was found so far is kept for a day: the same command goes on from there."
        return succeeded(migration=record.id, done=False, note=note, next=Command("verify", given).event())
    return succeeded(migration=record.id, done=True, **verification_view(found))
