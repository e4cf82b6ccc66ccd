"""Random code, histories, commands and deaths, against a model of what must hold, over each target."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dynamigrate import (
    Context,
    DirtyMigration,
    DoPlanner,
    DynamoDBTarget,
    MemorySource,
    MemoryTarget,
    MigratePlanner,
    Migration,
    Planner,
    ResetPlanner,
    RewindPlanner,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
    migrate,
    repair,
)
from dynamigrate.contract.names import id_key
from dynamigrate.records import RunRecord
from dynamigrate.runtime import Runtime
from dynamigrate.targets.memory_lock import MemoryLock
from tests.unit.fakes import FakeClock

from .model import Code, Command, Model, Trouble

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

LEASE, SKEW = 20.0, 5.0
IDS = range(1, 7)


class Died(BaseException):
    """The process is gone: nothing that it would have done after this is done."""


class Place:
    """Where a target is kept, which outlives the processes that use it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.dead = False

    def target(self) -> Any:
        """As a new process has it."""
        raise NotImplementedError

    def let_time_pass(self) -> None:
        """So much that a dead holder's lock is free."""
        self.clock.turn(LEASE + SKEW + 1)

    def check(self) -> None:
        if self.dead:
            raise Died


class MemoryPlace(Place):
    def __init__(self) -> None:
        super().__init__()
        self._target = MortalMemory(self)

    def target(self) -> Any:
        return self._target

    def let_time_pass(self) -> None:
        super().let_time_pass()
        self._target.break_lock()


class MortalMemory(MemoryTarget):
    """Whose lock stays with whoever died."""

    def __init__(self, place: Place) -> None:
        super().__init__(clock=place.clock)
        self._place = place

    def _change(self, *arguments: Any, **options: Any) -> None:
        self._place.check()
        super()._change(*arguments, **options)

    def record_run(self, run: RunRecord) -> None:
        self._place.check()
        super().record_run(run)

    @contextmanager
    def lock(self, wait: float = 0) -> Iterator[MemoryLock]:
        with super().lock(wait) as lock:
            yield lock
        # Not reached by who died.

    def bury(self) -> None:
        """Undo what leaving the block did for the dead one."""
        self._locks._owner = "somebody who died"


class DynamoDBPlace(Place):
    _numbers = count()

    def __init__(self, client: "DynamoDBClient") -> None:
        super().__init__()
        self._client = client
        self._name = f"model-{next(self._numbers)}"
        client.meta.events.register("before-call.dynamodb", self._before_call, unique_id=self._name)
        self.target().create()

    def target(self) -> Any:
        return DynamoDBTarget(
            self._client,
            table_name=self._name,
            lock_table_name=f"{self._name}-lock",
            lease=LEASE,
            skew=SKEW,
            clock=self.clock,
        )

    def end(self) -> None:
        self.dead = False
        self._client.meta.events.unregister("before-call.dynamodb", unique_id=self._name)
        self.target().destroy()

    def _before_call(self, **_: Any) -> None:
        self.check()


def _planner(command: Command) -> Planner:
    planners: dict[str, Any] = {
        "migrate": MigratePlanner,
        "step": lambda: DoPlanner() if command.n == 1 else StepPlanner(command.n),
        "undo": UndoPlanner,
        "rewind": RewindPlanner,
        "reset": ResetPlanner,
        "to": lambda: ToPlanner(str(abs(command.n))),
    }
    planner: Planner = planners[command.name]()
    return planner


_CODE = st.builds(
    Code, written=st.just(""), undoable=st.sampled_from([True, True, True, True, False]), saves=st.booleans()
)
# Most migrations are there most of the time.
_CODES = st.builds(
    lambda code, gone: {one: version for one, version in code.items() if one not in gone},
    st.fixed_dictionaries(dict.fromkeys(IDS, _CODE)),
    st.one_of(st.just(set[int]()), st.sets(st.sampled_from(IDS), max_size=4)),
)
_COMMANDS = st.builds(
    Command,
    name=st.sampled_from(["migrate", "migrate", "migrate", "step", "undo", "rewind", "reset", "to"]),
    n=st.integers(-2, 6).filter(bool),
    out_of_order=st.sampled_from(["error", "allow"]),
    missing=st.sampled_from(["ignore", "ignore", "error"]),
)


class Machine(RuleBasedStateMachine):
    """
    Somebody deploys versions of the code, gives commands, and dies.

    Attributes:
        steps: Commands given by all machines of this kind.
    """

    steps = 0
    deaths = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = self.make_place()
        self.model = Model()
        self.calls: list[tuple[str, int]] = []

    def make_place(self) -> Place:
        raise NotImplementedError

    @initialize(code=_CODES, zeros=st.integers(0, 2))
    def begin(self, code: dict[int, Code], zeros: int) -> None:
        self.deploy(code, zeros)

    @rule(code=_CODES, zeros=st.integers(0, 2))
    def deploy(self, code: dict[int, Code], zeros: int) -> None:
        """Another version of the code: some are new, some are gone, some have other ids, which are written otherwise."""
        self.model.code = {
            one: Code("0" * zeros + str(one), undoable=version.undoable, saves=version.saves)
            for one, version in code.items()
        }

    @rule(
        command=_COMMANDS,
        trouble=st.sampled_from(["none", "raises", "dies"]),
        at=st.sampled_from([0, 0, 1, 2, 3]),
        later=st.booleans(),
    )
    def give(self, command: Command, trouble: Trouble, at: int, *, later: bool) -> None:
        if later:
            self.wait()
        expected = self.model.give(command, trouble, at)
        before = len(self.calls)

        def run() -> None:
            migrate(
                self._source(trouble, before + at),
                self.place.target(),
                planner=_planner(command),
                out_of_order=command.out_of_order,
                missing=command.missing,
                runtime=Runtime(clock=self.place.clock),
            )

        assert self._error_of(run) == expected

    @precondition(lambda self: self.dirty())
    @rule(data=st.data(), repair_as=st.sampled_from(["applied", "pending"]))
    def settle_what_is_dirty(self, data: st.DataObject, repair_as: Literal["applied", "pending"]) -> None:
        self.wait()
        self.settle(data.draw(st.sampled_from(self.dirty())), repair_as)

    @precondition(lambda self: self.model.history and not self.dirty())
    @rule(one=st.sampled_from(IDS), repair_as=st.sampled_from(["applied", "pending"]))
    def settle(self, one: int, repair_as: Literal["applied", "pending"]) -> None:
        expected = self.model.repair(one, repair_as)
        assert (
            self._error_of(lambda: repair(self.place.target(), str(one), repair_as, clock=self.place.clock)) == expected
        )

    def dirty(self) -> list[int]:
        return sorted(one for one, entry in self.model.history.items() if entry.began)

    def wait(self) -> None:
        """Until whoever died has no claim any more."""
        if self.model.ghost:
            self.place.let_time_pass()
            self.model.ghost = False

    @invariant()
    def the_history_is_as_the_model_has_it(self) -> None:
        records = self.place.target().records()
        found = {
            id_key(record.id): (record.id, record.dirty, record.action.value if record.dirty else None)
            for record in records
        }
        expected = {
            id_key(str(one)): (entry.written, entry.began is not None, entry.began)
            for one, entry in self.model.history.items()
        }
        assert found == expected

    @invariant()
    def what_was_called_is_what_should_have_been(self) -> None:
        assert self.calls == self.model.calls

    @invariant()
    def each_run_that_changed_something_is_in_the_history(self) -> None:
        assert len(self.place.target().runs(1000)) == self.model.runs

    @invariant()
    def what_is_dirty_says_what_to_do(self) -> None:
        target = self.place.target()
        if not self.dirty():
            target.done()
            return
        first = next(record for record in target.records() if record.dirty)
        says = r'did not finish.*invoke \{"action": "repair", "migration": "\d+"'
        if first.resumable:
            says = r"it stopped at a checkpoint.*deploy that code again"
        with pytest.raises(DirtyMigration, match=says):
            target.done()

    def _source(self, trouble: Trouble, at: int) -> MemorySource:
        def function(direction: str, one: int, code: Code) -> Any:
            def call(ctx: Context) -> None:
                number = len(self.calls)
                self.calls.append((direction, one))
                if code.saves:
                    ctx.checkpoint.save("half")
                if number == at and trouble == "raises":
                    raise ValueError("the table is not as expected")
                if number == at and trouble == "dies":
                    self.place.dead = True
                    raise Died

            return call

        source = MemorySource()
        for one, code in self.model.code.items():
            undo = function("undo", one, code) if code.undoable else None
            source.add(Migration(code.written, "change things", do=function("do", one, code), undo=undo))
        return source

    def _error_of(self, function: Any) -> str | None:
        type(self).steps += 1
        try:
            function()
        except (Exception, Died) as error:
            if isinstance(error, Died):
                type(self).deaths += 1
                self.place.dead = False
                if isinstance(self.place, MemoryPlace):
                    self.place._target.bury()
            return type(error).__name__
        return None


class MemoryMachine(Machine):
    def make_place(self) -> Place:
        return MemoryPlace()


def dynamodb_machine(client: "DynamoDBClient") -> type[Machine]:
    """A machine whose states are in tables that *client* reaches."""

    class DynamoDBMachine(Machine):
        def make_place(self) -> Place:
            return DynamoDBPlace(client)

        def teardown(self) -> None:
            assert isinstance(self.place, DynamoDBPlace)
            self.place.end()

    return DynamoDBMachine


def play(machine: type[Machine], *, examples: int, steps: int) -> None:
    """The same examples every time, so that a failure is one for everybody."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of runs have much to log."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_the_engine_over_a_memory_target_does_what_the_model_says() -> None:
    """Whatever the code, the history and the commands are, and whoever dies under way."""
    play(MemoryMachine, examples=100, steps=25)
    assert MemoryMachine.deaths > 15


def test_the_engine_over_dynamodb_does_what_the_model_says(moto_dynamodb: "DynamoDBClient") -> None:
    """Whatever the code, the history and the commands are, and whoever dies under way."""
    machine = dynamodb_machine(moto_dynamodb)
    play(machine, examples=15, steps=20)
    assert machine.deaths > 2
