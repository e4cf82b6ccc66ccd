"""Any source with any history, and what becomes of it by a plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from dynamigrate import (
    Direction,
    DoPlanner,
    MigratePlanner,
    Migration,
    MigrationNotFound,
    MigrationNotUndoable,
    Plan,
    Planner,
    ResetPlanner,
    RewindPlanner,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from dynamigrate.handler.errors import NothingTakenBack
from dynamigrate.handler.rollback_undo.planner import TakeBackPlanner
from dynamigrate.history import History
from dynamigrate.records import Deploy, Details, Record
from tests.unit.fakes import refuse

# Ids are these numbers: enough for every order and gap, with one that is longer than the others.
NUMBERS = (0, 1, 2, 3, 9, 10)


Planners = st.SearchStrategy[Planner]


REFUSALS = (StepOutOfRange, MigrationNotFound, MigrationNotUndoable, NothingTakenBack)
DEPLOYS = tuple(Deploy(deploy_id=f"build-{one}", function_version="v", run_id=f"run-{one}") for one in range(3))


@dataclass(frozen=True)
class Found:
    """What a planner is given."""

    migrations: tuple[Migration, ...]
    applied: tuple[str, ...]

    @property
    def history(self) -> History:
        """What is applied, as the engine gives it: in order, each three by another deploy's run."""
        records = [
            Record(
                id=one,
                dirty=False,
                details=Details(run_id=DEPLOYS[int(one) // 3 % 3].run_id),
                started_at=f"{int(one):04}",
            )
            for one in sorted(self.applied, key=int)
        ]
        return History(self.applied, records)

    @property
    def numbers(self) -> list[int]:
        """Of what the source has."""
        return [int(migration.id) for migration in self.migrations]

    @property
    def applied_numbers(self) -> list[int]:
        return [int(one) for one in self.applied]

    @property
    def pending(self) -> list[int]:
        return [number for number in self.numbers if number not in self.applied_numbers]


def _chosen(bits: int) -> list[int]:
    return [number for place, number in enumerate(NUMBERS) if bits >> place & 1]


def _found(source: int, applied: int, undoable: int, zeros: int) -> Found:
    """From one bit for each of `NUMBERS` in each argument."""

    def spelled(number: int) -> str:
        return "0" * (number in _chosen(zeros)) + str(number)

    migrations = tuple(
        Migration(spelled(number), "change", refuse, refuse if number in _chosen(undoable) else None)
        for number in _chosen(source)
    )
    return Found(migrations, tuple(spelled(number) for number in _chosen(applied)))


bits = st.integers(0, 2 ** len(NUMBERS) - 1)


all_bits = st.just(2 ** len(NUMBERS) - 1)


# A source and a history, of which the other may know nothing, and where some can't be undone.
any_found = st.builds(_found, bits, bits, bits | all_bits, bits)


# The source has all that is applied, and all of it can be undone.
sound = st.tuples(bits, bits, bits).map(lambda three: _found(three[0] | three[1], three[1], -1, three[2]))


PLANNERS: dict[str, st.SearchStrategy[Planner]] = {
    "migrate": st.builds(MigratePlanner),
    "step": st.builds(StepPlanner, st.integers(-4, 4).filter(bool)),
    "do": st.builds(DoPlanner),
    "undo": st.builds(UndoPlanner),
    "rewind": st.builds(RewindPlanner),
    "reset": st.builds(ResetPlanner),
    "to": st.builds(ToPlanner, st.sampled_from(NUMBERS).map(str)),
    "take back": st.builds(TakeBackPlanner, st.sampled_from(DEPLOYS), newest=st.sampled_from((None, *DEPLOYS))),
}


def plan_of(planner: Planner, found: Found) -> Plan:
    """Its plan; one that it refuses is empty, and keeps every law."""
    try:
        return planner.plan(found.migrations, found.history)
    except REFUSALS:
        return Plan()


def numbers_of(plan: Plan, direction: Direction) -> list[int]:
    return [int(action.migration.id) for action in plan if action.direction is direction]


def numbers_after(plan: Plan, found: Found) -> set[int]:
    """What is applied once *plan* is carried out; fails where an action makes no sense when its turn comes."""
    applied = set(found.applied_numbers)
    for action in plan:
        number = int(action.migration.id)
        if action.direction is Direction.DO:
            assert number not in applied, f"{action} although it is applied"
            applied.add(number)
        else:
            assert number in applied, f"{action} although it is not applied"
            applied.remove(number)
    return applied


# An example takes microseconds; a slow machine is no reason to fail.
law = settings(deadline=None, max_examples=100)


def result_of(planner: Planner, found: Found) -> Sequence[str]:
    """The actions in words, or the refusal."""
    try:
        return [str(action) for action in planner.plan(found.migrations, found.history)]
    except REFUSALS as error:
        return str(error)
