"""The life of the custom resource: what is done about a Create, an Update and a Delete, and what is answered."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from ...continuation import Continuation
from ...contract import Property
from ...contract.choices import Phase
from ...contract.grants import ALARMS_ACTION
from ...errors import HandedOver, MigrationsError, RunError
from ...history import known_records
from ...log import listed, log_event
from ...records import Run
from ...squash import pending
from ...targets import StateTarget
from ...transport.denial import Denial
from ..errors import DeliveredTwice, StatusUnknown
from ..granted import Granted
from ..invocation import Invocation
from ..reason import reason
from ..setup import LATE_SECONDS, Setup
from .answering import send_answer
from .deployment import Deployment, newest
from .own_runs import OwnRuns
from .request import ResourceRequest
from .response import Answer, result_data
from .stack_status import StackStatus, stack_status

# Seconds that it may take to learn that there is no way to CloudFormation.
_STATUS_SECONDS: Final = 30.0


def respond(event: Mapping[str, Any], context: Any, setup: Setup) -> None:
    """Carry out what CloudFormation asks, and answer it. Never raises: a stack without an answer waits for an hour."""
    request = ResourceRequest.read(event)
    invocation = Invocation.begin(context)
    setup.logs.begin(run_id=invocation.run_id, request_id=invocation.request_id)
    log = setup.logs.events
    log_event(
        log,
        logging.INFO,
        "run.started",
        f"A deploy of {request.stack_name or 'a stack'} begins ({request.type[:20]}).",
        command="deploy",
        request_type=request.type[:20],
        actor=request.actor,
        **_deploy(request),
    )
    life = ResourceLife(request, invocation, setup)
    try:
        answer = life.answer()
    except DeliveredTwice:
        sentence = "Another delivery of this very event is at work, and will answer it: nothing was done here."
        log_event(log, logging.WARNING, "run.delivered_twice", sentence, **_finished(invocation))
        return
    except HandedOver:
        # Its last slice answers.
        return
    except BaseException as error:  # noqa: BLE001 - a SystemExit would leave the stack without an answer too
        answer = failed_answer(error, request, invocation, setup, life)
    send_answer(answer, request, invocation, setup)


class ResourceLife:
    """One event, from what it asks for to its answer."""

    def __init__(self, request: ResourceRequest, invocation: Invocation, setup: Setup) -> None:
        self._request = request
        self._invocation = invocation
        self._setup = setup
        self._log = setup.logs.events
        self._status = StackStatus(why_unknown="it was not asked for")

    def function_stays(self, error: BaseException) -> bool:
        """
        Whether *error* leaves the function as it is, with this deploy's code, as the stack does not roll back.

        It asks CloudFormation where that makes a difference to what is advised, and there is the time.
        """
        matters = isinstance(error, MigrationsError) and error.repair is not None
        if matters and self._request.type == "Create" and self._invocation.remaining() > _STATUS_SECONDS:
            self._status = self._ask_status()
        return self._status.rollback_disabled

    def _ask_status(self) -> StackStatus:
        return stack_status(lambda: self._setup.clients.cloudformation, self._request.stack_id)

    def answer(self) -> Answer:
        """
        Carry out the event, and return the answer to it.

        Raises:
            DeliveredTwice: Another delivery of this event will be answered; this one is not to be.
            HandedOver: The run goes on in the state machine, and is answered there.
            Exception: The event could not be carried out.
        """
        if self._request.type not in ("Create", "Update"):
            return self._act()
        with self._late_grants():
            return self._act()

    def go_on(self, target: StateTarget, continuation: Continuation) -> Answer:
        """
        Go on with the run that another invocation began for this event, and return the answer to it.

        Raises:
            HandedOver, NothingToTakeUp: This is not the run's end.
            Exception: The run has failed.
        """
        status = self._status = self._ask_status()
        if status.rolling_back:
            # CloudFormation does not tell a resource that is at work.
            target.request_stop("the stack is rolling back")
        with self._late_grants():
            return Deployment(self._request, self._invocation, self._setup).go_on(target, continuation)

    def _late_grants(self) -> AbstractContextManager[None]:
        invocation = self._invocation
        return self._setup.clients.late_grants.awaited(
            self._is_granted,
            until=invocation.began + LATE_SECONDS,
            remaining=lambda: invocation.remaining() - invocation.reserve,
            tell=self._tell_late,
        )

    def _act(self) -> Answer:
        match self._request.type:
            case "Create":
                return Deployment(self._request, self._invocation, self._setup).carry_out()
            case "Update":
                return self._update()
            case "Delete":
                OwnRuns(self._invocation, self._setup).end("the resource is being deleted")
                return self._nothing_done("delete", "Nothing was touched: state and data stay as they are.")
            case other:
                raise MigrationsError(
                    f"There is no request type {other!r}.", next_step="It is Create, Update or Delete. Nothing was run."
                )

    def _update(self) -> Answer:
        status = self._status = self._ask_status()
        if status.rolling_back:
            OwnRuns(self._invocation, self._setup).ask_to_stop("the stack is rolling back")
            return self._roll_back()
        if not status.known:
            return self._with_status_unknown(status)
        return Deployment(self._request, self._invocation, self._setup).carry_out()

    def _is_granted(self, denial: Denial) -> bool:
        # Read only when this is asked: settings that can't be read must not fail a rollback.
        return Granted(self._setup.settings)(denial)

    def _tell_late(self, denial: Denial, seconds: float) -> None:
        what = "alarms" if denial.action == ALARMS_ACTION else "the stack"
        log_event(
            self._log,
            logging.INFO,
            "grant.late",
            f"{denial.action} on {listed(denial.tables) or what} was denied, although it is granted: a new grant takes "
            f"seconds to be everywhere, so what is denied is tried again, for {seconds:.0f} s at most.",
            action=denial.action,
            tables=denial.tables,
            at_most_seconds=round(seconds, 1),
        )

    def _roll_back(self) -> Answer:
        """Answer a rollback: with success, whatever comes of it."""
        # Here, because only a rollback needs it.
        from ..rollback_undo.caller import take_back

        taken_back = take_back(self._request, self._invocation, self._setup)
        if taken_back is None:
            return self._nothing_done("rollback", "The stack is rolling back: nothing was run.")
        log_event(
            self._log,
            logging.INFO,
            "run.finished",
            taken_back.text,
            result="rolled back",
            undone=taken_back.undone,
            left=taken_back.left,
            **_finished(self._invocation),
        )
        return Answer(status="SUCCESS", reason=taken_back.text, data=result_data(self._invocation.run_id))

    def _with_status_unknown(self, status: StackStatus) -> Answer:
        """
        Succeed where neither an update nor a rollback would run anything.

        Raises:
            StatusUnknown: There is something to run.
        """
        sentence = f"Whether the stack is rolling back could not be read: {status.why_unknown}."
        log_event(self._log, logging.WARNING, "stack.status_unknown", sentence, why=status.why_unknown)
        records = known_records(self._setup.target(self._invocation))
        phase = self._setup.settings.phase
        waiting = [one for one in pending(self._setup.source.load(), records) if one.phase == phase]
        dirty = [record for record in records if record.left_dirty]
        if waiting or dirty:
            found = [
                f"pending: {listed([str(one) for one in waiting])}" if waiting else "",
                f"begun and not finished: {listed([record.name() for record in dirty])}" if dirty else "",
            ]
            raise StatusUnknown(
                "Nothing was run, because this may be a rollback: the status of the stack could not be read "
                f"({status.why_unknown}). {'; '.join(part for part in found if part).capitalize()}.",
                next_step=(
                    "Let the function reach CloudFormation (in a VPC by an endpoint for it or a NAT gateway; its role "
                    "needs cloudformation:DescribeStacks on the stack), and deploy again."
                ),
            )
        return self._nothing_done(
            "nothing pending",
            "Nothing is pending, and the status of the stack could not be read.",
            current=newest(self._setup.source.load()),
        )

    def _nothing_done(self, why: str, text: str, *, current: str = "") -> Answer:
        log_event(
            self._log,
            logging.INFO,
            "run.finished",
            text,
            result="nothing done",
            why=why,
            **_finished(self._invocation),
        )
        return Answer(status="SUCCESS", reason=text, data=result_data(self._invocation.run_id, current=current))


def failed_answer(
    error: BaseException, request: ResourceRequest, invocation: Invocation, setup: Setup, life: ResourceLife
) -> Answer:
    """Log *error*, and return what CloudFormation is told of it."""
    began_elsewhere = error.outcome.seconds if isinstance(error, RunError) else 0.0
    seconds = max(invocation.elapsed, began_elsewhere)
    setup.logs.failed(error, seconds=seconds)
    setup.reports.failed(error, _run_of(request, invocation), seconds=seconds)
    stays = life.function_stays(error)
    return Answer(status="FAILED", reason=reason(error, request, invocation, function_stays=stays, phase=_phase(setup)))


def _phase(setup: Setup) -> Phase:
    """The function's, where its settings can be read: those may be what has failed."""
    try:
        return setup.settings.phase
    except MigrationsError:
        return "before"


def _run_of(request: ResourceRequest, invocation: Invocation) -> Run:
    """What a deploy would have run, for those who are told that it did not."""
    return Run(id=invocation.run_id, actor=request.actor, **_deploy(request))


def _deploy(request: ResourceRequest) -> dict[str, str]:
    names = {"deploy_id": Property.DEPLOY_ID, "app_version": Property.APP_VERSION}
    found = {key: request.properties.get(name) for key, name in names.items()}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _finished(invocation: Invocation) -> dict[str, float]:
    return {"seconds": invocation.elapsed}
