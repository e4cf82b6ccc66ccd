"""Why a deploy failed, as its terminal shows it."""

from __future__ import annotations

import shlex
from typing import Final

from ..contract import Property
from ..contract.choices import Phase
from ..errors import MigrationFailed, MigrationsError, RunUnfinished
from ..explanation import Explanation
from ..log import listed
from .cloudformation.request import ResourceRequest
from .explanation import explain
from .invocation import Invocation

_GONE: Final = "so there is none to invoke"
_GONE_AFTER: Final = "but that of Migrations, which is there, takes the command repair, too"


def reason(
    error: BaseException,
    request: ResourceRequest,
    invocation: Invocation,
    *,
    function_stays: bool = False,
    phase: Phase = "before",
) -> str:
    """
    What happened, what was applied all the same, what to do next, and where to read more.

    Args:
        function_stays: The stack does not roll back, so that the function is there, with this deploy's code.
        phase: The function's.
    """
    explanation = explain(error)
    known = isinstance(error, MigrationsError)
    parts = [explanation.message if known else f"{explanation.type}: {explanation.message}."]
    if isinstance(error, MigrationFailed):
        applied, undone = error.outcome.applied, error.outcome.undone
        if stay := [one for one in applied if one not in undone]:
            parts.append(f"Applied in this run, and they stay applied: {listed(stay)}.")
        elif not applied:
            parts.append("Nothing else was applied in this run.")
    parts.append(_next_step(error, explanation, request, function_stays=function_stays, phase=phase))
    parts.append(_where(invocation))
    return " ".join(part for part in parts if part)


def _next_step(
    error: BaseException, explanation: Explanation, request: ResourceRequest, *, function_stays: bool, phase: Phase
) -> str:
    """
    What to do next, with what a deploy can do about it.

    A first deploy that fails takes the function with it and leaves the state, so only the next deploy can repair it,
    unless rollback is disabled.
    """
    first = request.type == "Create" and not function_stays
    if isinstance(error, RunUnfinished) and not function_stays:
        again = "Deploy again, and it goes on from there."
        # Not `migrate`: what the function runs then is the code from before this deploy.
        return again if first else f"{again} (The rollback puts the code from before this deploy back, which can't.)"
    repair = error.repair if isinstance(error, MigrationsError) else None
    if repair is None:
        return explanation.next_step
    deploy = by_deploy(request, repair=f"{repair.migration_id}:{repair.repair_as}")
    if not first:
        return f"{explanation.next_step} Or have the next deploy do it: {deploy}."
    otherwise = "" if repair.repair_as == "applied" else f"; {repair.migration_id}:applied would count it as done"
    gone = _GONE if phase == "before" else _GONE_AFTER
    again = (
        f"Check what it left behind, correct the code if that was it, and deploy again with the repair: "
        f"{deploy}{otherwise}. A first deploy that fails takes the function with it, {gone}."
    )
    return f"{explanation.hint} {again}".lstrip()


def by_deploy(request: ResourceRequest, *, repair: str) -> str:
    """
    How to give the next deploy *repair*: on the command line, which names the construct, as an app may have several;
    and by a prop, as a pipeline has no command line. What else this deploy was given, the next one needs too.
    """
    path, told = request.construct_path, {"repair": repair}
    if baseline := request.properties.get(Property.BASELINE):
        told["baseline"] = str(baseline)
    if request.ordered_by_parameters:
        parameters = " and ".join(f"{name.title()}={value}" for name, value in told.items())
        return f"a deploy of this stack with the parameter{'s' if len(told) > 1 else ''} {parameters} of its template"
    context = " ".join(
        f"-c {shlex.quote(f'{name}={path}={value}' if path else f'{name}={value}')}" for name, value in told.items()
    )
    props = ", ".join(f'{name}="{value}"' for name, value in told.items())
    of = f" of {path}" if path else ""
    return f"cdk deploy {context} with the stacks as before (where there is no -c, as in a pipeline: the props{of}, {props})"


def _where(invocation: Invocation) -> str:
    """
    Where to read more. It has to come last, with nothing but white space after the stream's name: the CDK command line
    looks for these words, takes all up to a space for the name, and prints what the function wrote there.
    """
    return f"Run {invocation.run_id}." + (
        f" CloudWatch Log Stream: {invocation.log_stream}" if invocation.log_stream else ""
    )
