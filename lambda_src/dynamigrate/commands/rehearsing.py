"""The part of ``plan`` that calls its functions, with nothing sent that writes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ..next_step import Command, NextStep
from ..opening import noted_application
from ..preview import Preview
from ..rehearsal import SAMPLE, RehearsalOrder
from .arguments import Arguments
from .call import Call
from .errors import InvalidArgument


def rehearsed(call: Call, found: Preview) -> list[Mapping[str, Any]]:
    """
    For each action of the plan what it would do, and what it would cost where that can be estimated.

    Raises:
        MigrationsError: This process can't do that now.
    """
    if not found.plan:
        return []
    # Here, because it is loaded for nothing else.
    from ..dry_run import Rehearser

    arguments, door = call.arguments, call.door
    order = RehearsalOrder(
        sample=SAMPLE if arguments.sample is None else arguments.sample,
        # Whoever knows the keys that there may be can't try which one it was.
        salt=secrets.token_hex(16) if arguments.mask else "",
    )
    rehearser = Rehearser(
        door.environment(call.run),
        found.records,
        run=call.run,
        order=order,
        application=noted_application(call.target),
        stop=door.shortage,
    )
    return [
        {**({} if one.cost is None else {"cost": one.cost}), "dry_run": one.view}
        for one in rehearser.rehearse(found.plan)
    ]


def require_dry_run(arguments: Arguments) -> None:
    """
    Raises:
        InvalidArgument: What is for a dry run was given without one.
    """
    given = [name for name, value in (("sample", arguments.sample), ("mask", arguments.mask)) if value]
    if given and not arguments.dry_run:
        raise InvalidArgument(
            f'plan: "{given[0]}" is for a dry run, and this is none.',
            next_step=NextStep("For example ", Command("plan", {"dry_run": True, "sample": 200}), "."),
        )
