"""Laws that every planner keeps, and what each of them is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dynamigrate import (
    Direction,
    DoPlanner,
    InvalidMigrationName,
    MigratePlanner,
    Migration,
    MigrationNotFound,
    MigrationNotUndoable,
    MigrationsError,
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
from dynamigrate.plan import Action
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


def _plan(planner: Planner, found: Found) -> Plan:
    """Its plan; one that it refuses is empty, and keeps every law."""
    try:
        return planner.plan(found.migrations, found.history)
    except REFUSALS:
        return Plan()


def _numbers(plan: Plan, direction: Direction) -> list[int]:
    return [int(action.migration.id) for action in plan if action.direction is direction]


def _after(plan: Plan, found: Found) -> set[int]:
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


@pytest.mark.parametrize("planners", PLANNERS.values(), ids=PLANNERS)
class TestEveryPlanner:
    """Whatever is in the source, and whatever is applied."""

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_makes_sense_step_by_step(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """It never does what is applied nor undoes what is not, at that moment of the plan."""
        _after(_plan(data.draw(planners), found), found)

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_undoes_newest_first_then_does_oldest_first(
        self, planners: Planners, data: st.DataObject, found: Found
    ) -> None:
        """And all that it undoes comes before all that it does."""
        plan = _plan(data.draw(planners), found)
        undone, done = _numbers(plan, Direction.UNDO), _numbers(plan, Direction.DO)
        assert undone == sorted(undone, reverse=True)
        assert done == sorted(done)
        assert [action.direction for action in plan] == [Direction.UNDO] * len(undone) + [Direction.DO] * len(done)

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_undoes_from_the_top(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """What it undoes is the newest that is applied, without a gap."""
        undone = _numbers(_plan(data.draw(planners), found), Direction.UNDO)
        assert undone == found.applied_numbers[::-1][: len(undone)]

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_plans_only_what_can_run(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """The source's own migrations, none begun elsewhere, and none undone that has no undo."""
        for action in _plan(data.draw(planners), found):
            assert any(action.migration is migration for migration in found.migrations)
            assert not action.resume
            assert action.direction is Direction.DO or action.migration.can_undo

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_only_looks(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """It plans the same again, and calls, keeps and alters nothing that it was given."""
        planner = data.draw(planners)
        lists = Found(list(found.migrations), list(found.applied))  # type: ignore[arg-type]
        assert _plan(planner, lists) == _plan(planner, found) == _plan(planner, found)
        assert (tuple(lists.migrations), tuple(lists.applied)) == (found.migrations, found.applied)

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_reads_ids_by_value(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """A history that spells them otherwise gives the same plan."""
        planner = data.draw(planners)
        respelled = Found(found.migrations, tuple("000" + one for one in found.applied))
        assert _plan(planner, respelled) == _plan(planner, found)

    @law
    @given(data=st.data(), found=any_found)
    def test_refuses_with_a_reason(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """It fails with nothing but its own errors, which say what to do next."""
        refusal: MigrationsError | None = None
        try:
            data.draw(planners).plan(found.migrations, found.history)
        except REFUSALS as error:
            refusal = error
        assert refusal is None or (refusal.next_step and str(refusal) == f"{refusal.message} {refusal.next_step}")

    @law
    @given(data=st.data(), found=sound)
    def test_refuses_nothing_without_need(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """Where all is known and can be undone, only a step too far and an id that nobody knows can't be planned."""
        planner = data.draw(planners)
        try:
            planner.plan(found.migrations, found.history)
        except StepOutOfRange:
            assert isinstance(planner, StepPlanner)
        except MigrationNotFound:
            assert isinstance(planner, ToPlanner)
        except NothingTakenBack:
            assert isinstance(planner, TakeBackPlanner)


class TestMigrate:
    """All that is pending."""

    @law
    @given(found=any_found)
    def test_leaves_nothing_pending(self, found: Found) -> None:
        """All of the source is applied, and what else was applied still is."""
        plan = MigratePlanner().plan(found.migrations, found.history)
        assert _after(plan, found) == {*found.numbers, *found.applied_numbers}
        assert _numbers(plan, Direction.UNDO) == []


class TestStep:
    """*n* forward or back."""

    @law
    @given(found=any_found, n=st.integers(1, 10))
    def test_forward_does_the_oldest_pending(self, found: Found, n: int) -> None:
        """Exactly n of them, or nothing runs."""
        if n > len(found.pending):
            with pytest.raises(StepOutOfRange, match=rf"^Can't step {n} forward: {len(found.pending)} pending\."):
                StepPlanner(n).plan(found.migrations, found.history)
        else:
            plan = StepPlanner(n).plan(found.migrations, found.history)
            assert _numbers(plan, Direction.DO) == found.pending[:n]
            assert len(plan) == n

    @law
    @given(found=sound, n=st.integers(1, 10))
    def test_back_undoes_the_newest_applied(self, found: Found, n: int) -> None:
        """Exactly n of them, or nothing runs."""
        if n > len(found.applied):
            with pytest.raises(StepOutOfRange, match=rf"^Can't step {n} back: {len(found.applied)} applied\."):
                StepPlanner(-n).plan(found.migrations, found.history)
        else:
            plan = StepPlanner(-n).plan(found.migrations, found.history)
            assert _numbers(plan, Direction.UNDO) == found.applied_numbers[::-1][:n]
            assert len(plan) == n

    @pytest.mark.parametrize("n", [0, True, False, 1.0, "1", None], ids=repr)
    def test_is_a_whole_number(self, n: Any) -> None:
        """And not 0, which would be neither."""
        with pytest.raises(StepOutOfRange, match=rf"^Can't step by {n!r}\. Step by a whole number"):
            StepPlanner(n)

    @law
    @given(found=any_found)
    def test_of_one_is_do_or_undo(self, found: Found) -> None:
        """`DoPlanner` and `UndoPlanner` are the smallest steps, with the same refusals."""
        for one, same in ((DoPlanner(), StepPlanner(1)), (UndoPlanner(), StepPlanner(-1))):
            assert _result(one, found) == _result(same, found)

    @law
    @given(length=st.integers(1, 6), data=st.data())
    def test_there_and_back_changes_nothing(self, length: int, data: st.DataObject) -> None:
        """In a history without gaps."""
        migrations = tuple(Migration(str(number), "change", refuse, refuse) for number in NUMBERS[:length])
        done = data.draw(st.integers(0, length - 1), label="done")
        n = data.draw(st.integers(1, length - done), label="n")
        before = Found(migrations, tuple(migration.id for migration in migrations[:done]))
        there = _after(StepPlanner(n).plan(migrations, before.applied), before)
        between = Found(migrations, tuple(str(number) for number in sorted(there)))
        assert _after(StepPlanner(-n).plan(migrations, between.applied), between) == set(before.applied_numbers)


class TestRewindAndReset:
    """All back."""

    @law
    @given(found=sound)
    def test_rewind_leaves_nothing_applied(self, found: Found) -> None:
        """And does nothing."""
        plan = RewindPlanner().plan(found.migrations, found.history)
        assert _after(plan, found) == set()
        assert _numbers(plan, Direction.DO) == []

    @law
    @given(found=sound)
    def test_reset_begins_from_nothing(self, found: Found) -> None:
        """Undoes all that is applied, no more, and then does all that there is."""
        plan = ResetPlanner().plan(found.migrations, found.history)
        assert _numbers(plan, Direction.UNDO) == found.applied_numbers[::-1]
        assert _numbers(plan, Direction.DO) == found.numbers

    @law
    @given(data=st.data(), found=any_found)
    def test_refuse_before_anything_when_one_can_not_be_undone(self, data: st.DataObject, found: Found) -> None:
        """They name the newest such one, and why."""
        undoable = {int(migration.id) for migration in found.migrations if migration.can_undo}
        stuck = [number for number in reversed(found.applied_numbers) if number not in undoable]
        assume(stuck)
        why = "it has no undo" if stuck[0] in found.numbers else "its code is not in the source"
        for planner in (RewindPlanner(), ResetPlanner()):
            with pytest.raises(MigrationNotUndoable, match=rf"^0*{stuck[0]}\D.*can't be undone: {why}\.") as caught:
                planner.plan(found.migrations, found.history)
            assert int(caught.value.migration_id or "") == stuck[0]


class TestTakeBack:
    """What one deploy applied."""

    @law
    @given(found=any_found, deploy=st.sampled_from(DEPLOYS))
    def test_undoes_nothing_else_and_says_why_not_all(self, found: Found, deploy: Deploy) -> None:
        """All that the deploy applied is undone, or the note says what kept it from that."""
        ours = {int(one.id) for one in found.history.records if one.details.run_id == deploy.run_id}
        planner = TakeBackPlanner(deploy, newest=deploy)
        if not ours:
            with pytest.raises(NothingTakenBack, match=r"^The deploy had applied nothing\."):
                planner.plan(found.migrations, found.history)
            return
        plan = _plan(planner, found)
        undone = {*_numbers(plan, Direction.UNDO)}
        assert undone <= ours
        assert not undone or bool(plan.note) is (undone != ours)

    @law
    @given(found=any_found, deploy=st.sampled_from(DEPLOYS), newest=st.sampled_from((None, *DEPLOYS)))
    def test_undoes_the_newest_deploy_alone(self, found: Found, deploy: Deploy, newest: Deploy | None) -> None:
        """Later ones rest on an older one's."""
        assume(deploy != newest)
        with pytest.raises(NothingTakenBack, match=rf"^The deploy {deploy.deploy_id} ran no migrations: "):
            TakeBackPlanner(deploy, newest=newest).plan(found.migrations, found.history)


class TestTo:
    """Forward or back to an id."""

    @law
    @given(found=sound, number=st.sampled_from(NUMBERS))
    def test_ends_at_the_id(self, found: Found, number: int) -> None:
        """Nothing newer stays applied; if nothing newer was, all that is older is applied too, and itself."""
        assume(number in found.numbers)
        plan = ToPlanner(str(number)).plan(found.migrations, found.history)
        after = _after(plan, found)
        assert all(one <= number for one in after)
        if max(found.applied_numbers, default=-1) <= number:
            assert after == {one for one in found.numbers if one <= number}
            assert _numbers(plan, Direction.UNDO) == []
        else:
            assert after == {one for one in found.applied_numbers if one <= number}
            assert _numbers(plan, Direction.DO) == []

    @law
    @given(found=any_found, number=st.sampled_from(NUMBERS))
    def test_needs_an_id_that_somebody_knows(self, found: Found, number: int) -> None:
        """The source or the history."""
        assume(number not in {*found.numbers, *found.applied_numbers})
        with pytest.raises(MigrationNotFound, match=rf"^There is no migration 0{number}, neither") as caught:
            ToPlanner(f"0{number}").plan(found.migrations, found.history)
        assert caught.value.migration_id == f"0{number}"

    def test_may_be_what_only_the_history_knows(self) -> None:
        """After a rollback the code is older than the history."""
        one, three = Migration("1", "one", refuse, refuse), Migration("3", "three", refuse, refuse)
        assert _result(ToPlanner("2"), Found((one, three), ("1", "2", "3"))) == ["undo 3_three"]
        assert _result(ToPlanner("2"), Found((one, three), ("2",))) == ["do 1_one"]

    @pytest.mark.parametrize("bad", ["", "x", 1, None], ids=repr)
    def test_needs_an_id(self, bad: Any) -> None:
        """Which is digits, in a string."""
        with pytest.raises(InvalidMigrationName, match=rf"^{bad!r} is not a migration id"):
            ToPlanner(bad)


def _result(planner: Planner, found: Found) -> Sequence[str]:
    """The actions in words, or the refusal."""
    try:
        return [str(action) for action in planner.plan(found.migrations, found.history)]
    except REFUSALS as error:
        return str(error)


class PlannerOfAUser:
    """As somebody wrote it who knows of ids alone."""

    def plan(self, migrations: Sequence[Migration], applied: Sequence[str]) -> Plan:
        done = {int(one) for one in applied}
        return Plan(tuple(Action(Direction.DO, one) for one in migrations if int(one.id) not in done))


@law
@given(found=sound)
def test_a_planner_of_ids_alone_is_a_planner(found: Found) -> None:
    """The history is a sequence of ids, whatever else it has."""
    planner: Planner = PlannerOfAUser()
    assert planner.plan(found.migrations, found.history) == MigratePlanner().plan(found.migrations, found.history)


def test_the_history_has_the_records_too() -> None:
    """For a planner that goes by more than ids."""
    history = Found((), ("9", "10")).history
    assert (list(history), history[0], history[1:], len(history), "10" in history) == (
        ["9", "10"],
        "9",
        ("10",),
        2,
        True,
    )
    assert [record.id for record in history.records] == ["9", "10"]
