"""Laws that every planner keeps, and what each of them is for."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate import (
    Direction,
    MigratePlanner,
    Migration,
    MigrationNotFound,
    MigrationsError,
    Plan,
    Planner,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
)
from dynamigrate.handler.errors import NothingTakenBack
from dynamigrate.handler.rollback_undo.planner import TakeBackPlanner
from dynamigrate.plan import Action
from tests.contracts.histories import (
    PLANNERS,
    REFUSALS,
    Found,
    Planners,
    any_found,
    law,
    numbers_after,
    numbers_of,
    plan_of,
    sound,
)


@pytest.mark.parametrize("planners", PLANNERS.values(), ids=PLANNERS)
class TestEveryPlanner:
    """Whatever is in the source, and whatever is applied."""

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_makes_sense_step_by_step(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """It never does what is applied nor undoes what is not, at that moment of the plan."""
        numbers_after(plan_of(data.draw(planners), found), found)

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_undoes_newest_first_then_does_oldest_first(
        self, planners: Planners, data: st.DataObject, found: Found
    ) -> None:
        """And all that it undoes comes before all that it does."""
        plan = plan_of(data.draw(planners), found)
        undone, done = numbers_of(plan, Direction.UNDO), numbers_of(plan, Direction.DO)
        assert undone == sorted(undone, reverse=True)
        assert done == sorted(done)
        assert [action.direction for action in plan] == [Direction.UNDO] * len(undone) + [Direction.DO] * len(done)

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_undoes_from_the_top(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """What it undoes is the newest that is applied, without a gap."""
        undone = numbers_of(plan_of(data.draw(planners), found), Direction.UNDO)
        assert undone == found.applied_numbers[::-1][: len(undone)]

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_plans_only_what_can_run(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """The source's own migrations, none begun elsewhere, and none undone that has no undo."""
        for action in plan_of(data.draw(planners), found):
            assert any(action.migration is migration for migration in found.migrations)
            assert not action.resume
            assert action.direction is Direction.DO or action.migration.can_undo

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_only_looks(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """It plans the same again, and calls, keeps and alters nothing that it was given."""
        planner = data.draw(planners)
        lists = Found(list(found.migrations), list(found.applied))  # type: ignore[arg-type]
        assert plan_of(planner, lists) == plan_of(planner, found) == plan_of(planner, found)
        assert (tuple(lists.migrations), tuple(lists.applied)) == (found.migrations, found.applied)

    @law
    @given(data=st.data(), found=any_found | sound)
    def test_reads_ids_by_value(self, planners: Planners, data: st.DataObject, found: Found) -> None:
        """A history that spells them otherwise gives the same plan."""
        planner = data.draw(planners)
        respelled = Found(found.migrations, tuple("000" + one for one in found.applied))
        assert plan_of(planner, respelled) == plan_of(planner, found)

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
