"""The functions of a plan, called one after the other with nothing sent that writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from ..log import duration_text
from ..plan import Plan
from ..records import Record, Run
from ..rehearsal import RehearsalOrder, RehearsedAction
from ..sources.package import unload
from ..targets.memory import MemoryTarget
from .ended import Ended
from .function_run import FunctionRun
from .interception import Interception
from .limited_call import LimitedCall
from .one_action import OneAction
from .request import Answer, Request
from .view import view_of
from .world import World

if TYPE_CHECKING:
    from ..context import Environment
    from ..records import Application

# Seconds that a function is given. Who plans waits for it, and what reads longer reads all of a table.
LIMIT: Final = 60.0
# The part of it after which a function is asked to stop by itself.
_PATIENCE: Final = 0.8
# Bytes of diffs in one answer: Lambda answers with 6 MB at most, and nobody reads more than this.
_MOST_SHOWN: Final = 400_000
_GOES_ON: Final = "It goes on from its checkpoint, so less is left to be done than this."


class Rehearser:
    """
    Calls what a plan would call. It takes no lock, and what the target keeps is as it was.

    Args:
        records: The history that the plan was made from.
        order: How much of a backfill's table to look at, and whether keys are masked.
        limit: Seconds that each function may take.
        stop: Why there is no time for more, in words; None: there is.
    """

    def __init__(
        self,
        environment: Environment,
        records: Sequence[Record],
        *,
        run: Run,
        order: RehearsalOrder,
        application: Application | None = None,
        limit: float = LIMIT,
        stop: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._environment = replace(environment, measure=lambda _figures: None)
        self._clock = environment.runtime.clock
        self._records = records
        self._run = run
        self._order = order
        self._application = application
        self._limit = limit
        self._stop = stop
        self._world = World()
        self._function: FunctionRun | None = None
        self._broken = ""
        self._shown = _MOST_SHOWN

    def rehearse(self, plan: Plan) -> list[RehearsedAction]:
        """
        What each action of *plan* would do, in order.

        Raises:
            MigrationsError: Another dry run is under way in this process, or its botocore can't be watched.
        """
        with Interception(self._answer, stranger=self._stranger, past=self._past, notice=self._notice) as interception:
            try:
                return [self._fitting(one) for one in self._each(plan, interception)]
            finally:
                # What modules keep of it, such as that something is done, is not true for a run in this process.
                unload()

    def _each(self, plan: Plan, interception: Interception) -> Iterator[RehearsedAction]:
        target = MemoryTarget.holding(self._records, self._application)
        with target.lock() as lock:
            abandoned = ""
            for action in plan:
                if reason := abandoned or self._stop():
                    yield RehearsedAction(view={"note": f"It was not called: {reason}."})
                    continue
                one = OneAction(self._environment, action, target, lock, self._run)
                done, ended = self._carry_out(one, interception)
                yield done
                if not ended:
                    abandoned = f"{action.migration} did not end when its time was up"

    def _carry_out(self, one: OneAction, interception: Interception) -> tuple[RehearsedAction, bool]:
        """What came of it, and whether it is over."""
        clock, began = self._clock, self._clock.monotonic()
        over = partial(self._over, began)
        run = self._function = FunctionRun(self._world, str(one.action.migration), self._order, over)
        if self._broken:
            run.ledger.unknown(
                f"{self._broken} did not come to its end here, so what it would leave behind is not known."
            )
        limited = LimitedCall(
            partial(one.call, run, interception, self._stop_reason(began)),
            f"dry run of {one.action.migration}",
            over,
            lambda: run.ended,
        )
        interception.own(limited.thread)
        with self._environment.runtime.around():
            ended = limited.carry_out(clock, run.end)
        if one.action.resume and run.found:
            run.ledger.unknown(_GOES_ON)
        view = view_of(
            run,
            self._world,
            failure=one.failure,
            stopped=one.stopped,
            masked=one.is_users_own and bool(self._order.salt),
            prices=self._environment.prices,
            seconds=clock.monotonic() - began,
        )
        if one.failure is not None or run.ended:
            self._broken = str(one.action.migration)
        cost = run.found[0].cost if len(run.found) == 1 else None
        return RehearsedAction(view=view, cost=cost), ended

    def _over(self, began: float) -> str | None:
        if (reason := self._stop()) is not None:
            return f"It was ended, as {reason}: what it would do after that is not known."
        if (seconds := self._clock.monotonic() - began) > self._limit:
            return f"It was ended after {duration_text(seconds)}: what it would do after that is not known."
        return None

    def _stop_reason(self, began: float) -> Callable[[], str | None]:
        """For the function itself, which may stop at a good place before it is ended."""

        def reason() -> str | None:
            late = self._clock.monotonic() - began > self._limit * _PATIENCE
            return self._stop() or (f"a dry run gives a function {self._limit:g} s" if late else None)

        return reason

    def _answer(self, request: Request) -> Answer:
        if self._function is None:
            raise Ended
        return self._function.answer(request)

    def _stranger(self, service: str, operation: str) -> None:
        if self._function is not None:
            self._function.stranger(service, operation)

    def _notice(self, sentence: str) -> None:
        if self._function is not None:
            self._function.notice(sentence)

    def _past(self, what: str) -> Ended:
        return Ended() if self._function is None else self._function.past(what)

    def _fitting(self, done: RehearsedAction) -> RehearsedAction:
        """Without the items for which there is no room in the answer."""
        sample = done.view.get("sample")
        if sample is None or not sample.get("items"):
            return done
        kept = []
        for item in sample["items"]:
            self._shown -= len(json.dumps(item, default=str))
            if self._shown < 0:
                break
            kept.append(item)
        if len(kept) == len(sample["items"]):
            return done
        return replace(
            done, view={**done.view, "sample": {**sample, "items": kept, "left_out": len(sample["items"]) - len(kept)}}
        )
