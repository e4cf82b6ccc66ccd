"""What each of the engine's planners plans."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dynamigrate import (
    Direction,
    DoPlanner,
    InvalidMigrationName,
    MigratePlanner,
    Migration,
    MigrationNotFound,
    MigrationNotUndoable,
    ResetPlanner,
    RewindPlanner,
    StepOutOfRange,
    StepPlanner,
    ToPlanner,
    UndoPlanner,
)
from dynamigrate.handler.errors import NothingTakenBack
from dynamigrate.handler.rollback_undo.planner import TakeBackPlanner
from dynamigrate.records import Deploy
from tests.contracts.histories import (
    DEPLOYS,
    NUMBERS,
    Found,
    any_found,
    law,
    numbers_after,
    numbers_of,
    plan_of,
    result_of,
    sound,
)
from tests.unit.fakes import refuse


class TestMigrate:
    """All that is pending."""

    @law
    @given(found=any_found)
    def test_leaves_nothing_pending(self, found: Found) -> None:
        """All of the source is applied, and what else was applied still is."""
        plan = MigratePlanner().plan(found.migrations, found.history)
        assert numbers_after(plan, found) == {*found.numbers, *found.applied_numbers}
        assert numbers_of(plan, Direction.UNDO) == []


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
            assert numbers_of(plan, Direction.DO) == found.pending[:n]
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
            assert numbers_of(plan, Direction.UNDO) == found.applied_numbers[::-1][:n]
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
            assert result_of(one, found) == result_of(same, found)

    @law
    @given(length=st.integers(1, 6), data=st.data())
    def test_there_and_back_changes_nothing(self, length: int, data: st.DataObject) -> None:
        """In a history without gaps."""
        migrations = tuple(Migration(str(number), "change", refuse, refuse) for number in NUMBERS[:length])
        done = data.draw(st.integers(0, length - 1), label="done")
        n = data.draw(st.integers(1, length - done), label="n")
        before = Found(migrations, tuple(migration.id for migration in migrations[:done]))
        there = numbers_after(StepPlanner(n).plan(migrations, before.applied), before)
        between = Found(migrations, tuple(str(number) for number in sorted(there)))
        assert numbers_after(StepPlanner(-n).plan(migrations, between.applied), between) == set(before.applied_numbers)


class TestRewindAndReset:
    """All back."""

    @law
    @given(found=sound)
    def test_rewind_leaves_nothing_applied(self, found: Found) -> None:
        """And does nothing."""
        plan = RewindPlanner().plan(found.migrations, found.history)
        assert numbers_after(plan, found) == set()
        assert numbers_of(plan, Direction.DO) == []

    @law
    @given(found=sound)
    def test_reset_begins_from_nothing(self, found: Found) -> None:
        """Undoes all that is applied, no more, and then does all that there is."""
        plan = ResetPlanner().plan(found.migrations, found.history)
        assert numbers_of(plan, Direction.UNDO) == found.applied_numbers[::-1]
        assert numbers_of(plan, Direction.DO) == found.numbers

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
        plan = plan_of(planner, found)
        undone = {*numbers_of(plan, Direction.UNDO)}
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
        after = numbers_after(plan, found)
        assert all(one <= number for one in after)
        if max(found.applied_numbers, default=-1) <= number:
            assert after == {one for one in found.numbers if one <= number}
            assert numbers_of(plan, Direction.UNDO) == []
        else:
            assert after == {one for one in found.applied_numbers if one <= number}
            assert numbers_of(plan, Direction.DO) == []

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
        assert result_of(ToPlanner("2"), Found((one, three), ("1", "2", "3"))) == ["undo 3_three"]
        assert result_of(ToPlanner("2"), Found((one, three), ("2",))) == ["do 1_one"]

    @pytest.mark.parametrize("bad", ["", "x", 1, None], ids=repr)
    def test_needs_an_id(self, bad: Any) -> None:
        """Which is digits, in a string."""
        with pytest.raises(InvalidMigrationName, match=rf"^{bad!r} is not a migration id"):
            ToPlanner(bad)
