"""What stands in for the state machine of detached migrations."""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from dynamigrate.records import Record
from tests.unit.handler.front import DIGEST, FIRST
from tests.unit.handler.long_run_front import LongRunFront

_DEFINITION: Final = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
_TRIES: Final = 4
PAGES: Final = 3


class Pages:
    """Those that the migration has worked on, in order."""

    done: ClassVar[list[int]] = []


# Each page takes all the time that an invocation has.
PAGED: Final = f"""
detached = True

from tests.unit.handler.detached_front import Pages
from tests.unit.handler.long_run_front import work


def do(ctx):
    for page in range(ctx.checkpoint.load() or 0, {PAGES}):
        Pages.done.append(page)
        work(ctx)
        ctx.progress(page + 1, {PAGES}, per_second=10, seconds_left=60)
        ctx.checkpoint.save(page + 1)


def undo(ctx): pass
"""


@dataclass
class DetachedFront(LongRunFront):
    """The front door of a function whose detached migrations go on in a state machine."""

    sources: dict[str, str] = field(default_factory=dict)
    own_machine: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        machine = self.stepfunctions.create_state_machine(
            name="Detached", definition=_DEFINITION, roleArn="arn:aws:iam::123456789012:role/machine"
        )
        self.own_machine = machine["stateMachineArn"]
        self.environ["DYNAMIGRATE_DETACHED_MACHINE_ARN"] = self.own_machine

    def add(self, name: str, source: str, *, digest: str = DIGEST) -> None:
        """One more file in the folder, or another one under its name."""
        self.sources[name] = source
        self.write_files(self.sources, digest=digest)

    @property
    def own_executions(self) -> list[dict[str, Any]]:
        """The inputs of those that were started since the beginning, oldest first, each with its name."""
        found = self.stepfunctions.list_executions(stateMachineArn=self.own_machine)["executions"]
        found = [one for one in found if one["name"] not in self._over]
        inputs = [self.stepfunctions.describe_execution(executionArn=one["executionArn"]) for one in found]
        inputs.sort(key=lambda one: (one["startDate"], one["name"]))
        return [{"name": one["name"], **json.loads(one["input"])} for one in inputs]

    def own_slice(self, execution: dict[str, Any]) -> str:
        """That machine calls once."""
        given = {"runId": execution["runId"], "migration": execution["migration"]}
        found = self.call({"slice": given}, "own-request")
        assert found.keys() == {"status", "workers"}
        return str(found["status"])

    def play_own(self, execution: dict[str, Any]) -> list[str]:
        """An execution, from beginning to end: what each call was answered, or that it gave up."""
        found: list[str] = []
        while not found or found[-1] in ("more", "wait"):
            assert len(found) < 20, found
            found.append(self._tried_own(execution))
        return found

    def _tried_own(self, execution: dict[str, Any]) -> str:
        for _ in range(_TRIES):
            try:
                return self.own_slice(execution)
            except Exception:  # as the state machine has it
                continue
        return "gave up"

    def forget_all(self) -> None:
        """Nothing has happened yet."""
        self.start_over()
        found = self.stepfunctions.list_executions(stateMachineArn=self.own_machine)["executions"]
        self._over.update(one["name"] for one in found)

    @property
    def record(self) -> Record | None:
        """Of the first migration."""
        return next((one for one in self.state.records() if one.id == FIRST), None)
