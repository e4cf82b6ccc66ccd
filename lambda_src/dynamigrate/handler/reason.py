"""Why a deploy failed, as its terminal shows it."""

from __future__ import annotations

from ..errors import MigrationFailed, MigrationsError, RunUnfinished
from ..log import listed
from .explanation import Explanation, explain
from .invocation import Invocation
from .resource_request import ResourceRequest


def reason(error: BaseException, request: ResourceRequest, invocation: Invocation) -> str:
    """What happened, what was applied all the same, what to do next, and where to read more."""
    explanation = explain(error)
    known = isinstance(error, MigrationsError)
    parts = [explanation.message if known else f"{explanation.type}: {explanation.message}."]
    if isinstance(error, MigrationFailed):
        applied, undone = error.outcome.applied, error.outcome.undone
        if stay := [one for one in applied if one not in undone]:
            parts.append(f"Applied in this run, and they stay applied: {listed(stay)}.")
        elif not applied:
            parts.append("Nothing else was applied in this run.")
    parts.append(_next_step(error, explanation, first=request.type == "Create"))
    parts.append(_where(invocation))
    return " ".join(part for part in parts if part)


def _next_step(error: BaseException, explanation: Explanation, *, first: bool) -> str:
    """
    What to do next, with what a deploy can do about it.

    A first deploy that fails takes the function with it and leaves the state, so only the next deploy can repair it.
    """
    if isinstance(error, RunUnfinished) and first:
        return "Deploy again, and it goes on from there."
    repair = error.repair if isinstance(error, MigrationsError) else None
    if repair is None:
        return explanation.next_step
    deploy = f"cdk deploy -c repair={repair.migration_id}:{repair.repair_as}"
    if not first:
        return f"{explanation.next_step} Or have the next deploy do it ({deploy})."
    otherwise = "" if repair.repair_as == "applied" else f", or {repair.migration_id}:applied to count it as done"
    again = (
        f"Check what it left behind, correct the code if that was it, and deploy again with the repair "
        f"({deploy}{otherwise}). A first deploy that fails takes the function with it, so there is none to invoke."
    )
    return f"{explanation.hint} {again}".lstrip()


def _where(invocation: Invocation) -> str:
    """
    Last, and with nothing after the stream's name but white space: the CDK command line looks for these words, takes all
    up to a space for the name, and prints what the function wrote there.
    """
    return f"Run {invocation.run_id}." + (
        f" CloudWatch Log Stream: {invocation.log_stream}" if invocation.log_stream else ""
    )
