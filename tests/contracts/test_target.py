"""What every target promises, one in memory as one in DynamoDB: what becomes of a record."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dynamigrate import (
    Direction,
    DirtyMigration,
    NoCurrentMigration,
    StateMissing,
)
from dynamigrate.records import Details, Failure, Record, Run, RunRecord
from tests.contracts.changes import CHANGES, DETAILS, FAILURE
from tests.contracts.conftest import TargetScene
from tests.unit.fakes import PATIENCE, FakeClock, applied


class TestTheState:
    """`create` and `destroy`."""

    def test_is_empty_at_first(self, target: Any) -> None:
        """Nothing is applied, dirty or recorded before anything was done."""
        assert target.records() == ()
        assert target.done() == ()
        assert target.runs() == ()

    def test_can_be_created_again_without_harm(self, target: Any) -> None:
        """`create` is called by whoever finds nothing, so it keeps what it finds after all."""
        applied(target, "1")
        target.create()
        target.create()
        assert target.done() == ("1",)

    def test_can_be_created_by_several_at_once(self, scene: TargetScene) -> None:
        """All of them return, and find it usable."""
        scene.target.destroy()
        handles = [scene.another() for _ in range(4)]
        barrier = threading.Barrier(len(handles))
        errors: list[BaseException] = []

        def create(number: int, handle: Any) -> None:
            try:
                barrier.wait(PATIENCE)
                handle.create()
                handle.add(str(number))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=create, args=pair) for pair in enumerate(handles)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert errors == []
        assert [record.id for record in scene.target.records()] == ["0", "1", "2", "3"]

    @pytest.mark.parametrize(
        "use",
        [
            lambda target: target.records(),
            lambda target: target.done(),
            lambda target: target.current(),
            lambda target: target.runs(),
            lambda target: target.add("1"),
            lambda target: target.finish_migration("1"),
            lambda target: target.lock().__enter__(),
        ],
        ids=["records", "done", "current", "runs", "add", "finish_migration", "lock"],
    )
    def test_is_missed_once_it_is_destroyed(self, target: Any, use: Callable[[Any], object]) -> None:
        """Whatever needs it says that it is not there, and what to do."""
        applied(target, "1")
        target.destroy()
        with pytest.raises(StateMissing) as caught:
            use(target)
        assert "create()" in caught.value.next_step

    def test_can_be_destroyed_twice(self, target: Any) -> None:
        """What is gone is gone."""
        target.destroy()
        target.destroy()

    def test_is_empty_when_it_was_destroyed_and_created(self, target: Any) -> None:
        """Neither migrations nor runs nor spellings of ids survive."""
        applied(target, "01")
        target.record_run(
            RunRecord(run=Run(id="r"), started_at="2026-11-23T09:00:00.000Z", seconds=0, result="succeeded")
        )
        target.destroy()
        target.create()
        assert (target.records(), target.runs()) == ((), ())
        target.add("1")
        assert [record.id for record in target.records()] == ["1"]


class TestAMigrationsLife:
    """What each change makes of a record, to the last field."""

    def test_begins_dirty(self, target: Any) -> None:
        """A function that is killed leaves a mark, with all that was known when it began."""
        target.add("1", DETAILS)
        assert target.records() == (
            Record(id="1", dirty=True, details=DETAILS, action=Direction.DO, started_at="2026-11-23T09:00:00.000Z"),
        )

    def test_needs_no_details(self, target: Any) -> None:
        """All but the id is optional."""
        target.add("1")
        (record,) = target.records()
        assert (record.details, record.checkpoint, record.failure) == (Details(), None, None)

    def test_is_applied_once_it_is_finished(self, target: Any, clock: FakeClock) -> None:
        """The mark is gone, and when it finished and how long it took are there."""
        target.add("1", DETAILS)
        clock.turn(2.5)
        target.finish_migration("1")
        assert target.records() == (
            Record(
                id="1",
                dirty=False,
                details=DETAILS,
                action=Direction.DO,
                started_at="2026-11-23T09:00:00.000Z",
                finished_at="2026-11-23T09:00:02.500Z",
                duration_ms=2500,
            ),
        )

    def test_loses_what_only_matters_under_way(self, target: Any) -> None:
        """Once it is applied, no error, checkpoint or progress is left of it to be taken for a new one's."""
        target.add("1")
        target.fail("1", FAILURE)
        target.save_checkpoint("1", 7)
        target.save_progress("1", 1, 2)
        target.finish_migration("1")
        (record,) = target.records()
        assert (record.failure, record.checkpoint, record.progress) == (None, None, None)

    def test_may_be_finished_twice(self, target: Any) -> None:
        """A repair of what turns out to be done does no harm."""
        applied(target, "1")
        target.finish_migration("1")
        assert target.done() == ("1",)

    def test_is_dirty_again_while_it_is_undone(self, target: Any, clock: FakeClock) -> None:
        """The record says so, keeps from its ``do`` what the undo does not know, and begins its time anew."""
        target.add("1", DETAILS)
        target.finish_migration("1")
        clock.turn(60)
        target.start_migration("1", Details(run_id="run-2"))
        assert target.records() == (
            Record(
                id="1",
                dirty=True,
                details=replace(DETAILS, run_id="run-2"),
                action=Direction.UNDO,
                started_at="2026-11-23T09:01:00.000Z",
            ),
        )

    def test_ends_when_it_is_removed(self, target: Any) -> None:
        """It is pending again, whether it was dirty or not, and nothing of its first life is in its second."""
        for leave in (lambda: target.start_migration("1"), lambda: None):
            target.add("1", DETAILS)
            target.save_checkpoint("1", 7)
            target.finish_migration("1")
            leave()
            target.remove("1")
            assert target.records() == ()
        target.add("1")
        (record,) = target.records()
        assert (record.details, record.checkpoint) == (Details(), None)

    def test_goes_on_where_it_was(self, target: Any, clock: FakeClock) -> None:
        """Resuming keeps direction, beginning and checkpoint, notes who does it, and forgets the old error."""
        target.add("1", DETAILS)
        target.save_checkpoint("1", {"after": 7})
        target.fail("1", FAILURE)
        clock.turn(60)
        target.resume_migration("1", Details(run_id="run-2", actor="console"))
        assert target.records() == (
            Record(
                id="1",
                dirty=True,
                details=replace(DETAILS, run_id="run-2", actor="console"),
                action=Direction.DO,
                started_at="2026-11-23T09:00:00.000Z",
                checkpoint={"after": 7},
            ),
        )

    def test_goes_on_being_undone_if_that_is_what_it_was(self, target: Any) -> None:
        """The direction is the record's, whoever resumes."""
        applied(target, "1")
        target.start_migration("1")
        target.save_checkpoint("1", 7)
        target.resume_migration("1")
        (record,) = target.records()
        assert (record.action, record.checkpoint, record.resumable) == (Direction.UNDO, 7, True)

    def test_is_turned_back_after_it_failed(self, target: Any) -> None:
        """It is being undone from now on, from the beginning; why it failed stays for a person to read."""
        target.add("1", DETAILS)
        target.save_checkpoint("1", 7)
        target.fail("1", FAILURE)
        target.turn_back("1", Details(run_id="run-2"))
        (record,) = target.records()
        assert (record.dirty, record.action, record.checkpoint) == (True, Direction.UNDO, None)
        assert record.failure == FAILURE
        assert record.details == replace(DETAILS, run_id="run-2")

    def test_begins_its_undo_without_a_checkpoint(self, target: Any) -> None:
        """Where the ``do`` got is nothing for the ``undo`` to go on from."""
        target.add("1")
        target.save_checkpoint("1", 7)
        target.finish_migration("1")
        target.start_migration("1")
        assert target.records()[0].checkpoint is None

    @pytest.mark.parametrize(
        "failure",
        [
            FAILURE,
            Failure(type="ValueError", message=""),
            Failure(type="Überfluss", message="zwölf\nBoxkämpfer \N{BOXING GLOVE}", where="1_schön.py:1"),
        ],
        ids=["usual", "without a message", "beyond ASCII"],
    )
    def test_remembers_why_it_failed(self, target: Any, failure: Failure) -> None:
        """Type, message and place come back as they were given; it stays dirty."""
        target.add("1")
        target.fail("1", failure)
        (record,) = target.records()
        assert (record.dirty, record.failure) == (True, failure)

    def test_can_fail_with_a_message_of_any_length(self, target: Any) -> None:
        """A client's error may quote a whole request; its beginning is kept rather than nothing."""
        target.add("1")
        target.fail("1", Failure(type="ValueError", message="no " * 200_000))
        (record,) = target.records()
        assert record.failure is not None
        assert record.failure.message.startswith("no no no")

    def test_remembers_its_last_failure(self, target: Any) -> None:
        """A second one replaces the first."""
        target.add("1")
        target.fail("1", FAILURE)
        target.fail("1", Failure(type="ValueError", message="no"))
        assert target.records()[0].failure == Failure(type="ValueError", message="no")

    @pytest.mark.parametrize(
        "value",
        [
            {"segments": [1, 2, None], "at": {"id": "ä\N{BOXING GLOVE}", "deep": [[]]}, "rate": 0.1},
            "20261123",
            10**30,
            0,
            False,
            "",
            [],
            {},
        ],
        ids=repr,
    )
    def test_keeps_a_checkpoint_as_it_is(self, target: Any, value: object) -> None:
        """Anything that JSON can say comes back the same, what is false in Python included: all can be resumed from."""
        target.add("1")
        target.save_checkpoint("1", {"an": "earlier one"})
        target.save_checkpoint("1", value)
        (record,) = target.records()
        assert record.checkpoint == value
        assert type(record.checkpoint) is type(value)
        assert record.resumable

    @pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes"], ids=["set", "object", "bytes"])
    def test_refuses_a_checkpoint_that_it_could_not_give_back(self, target: Any, value: object) -> None:
        """At once, rather than when it is needed; the one before stays."""
        target.add("1")
        target.save_checkpoint("1", 7)
        with pytest.raises(TypeError, match="not JSON serializable"):
            target.save_checkpoint("1", value)
        assert target.records()[0].checkpoint == 7

    def test_tells_how_far_it_is(self, target: Any) -> None:
        """The last numbers count, however large."""
        target.add("1")
        target.save_progress("1", 0, 10**12)
        target.save_progress("1", 10**12 - 1, 10**12)
        assert target.records()[0].progress == (10**12 - 1, 10**12)

    def test_is_its_own(self, target: Any) -> None:
        """Nothing of one migration's record shows in its neighbour's."""
        target.add("1", DETAILS)
        target.fail("1", FAILURE)
        target.save_checkpoint("1", 7)
        target.save_progress("1", 1, 2)
        target.add("2")
        before = target.records()[0]
        assert target.records()[1] == Record(id="2", dirty=True, started_at="2026-11-23T09:00:00.000Z")
        for change in ("fail", "save_checkpoint", "save_progress", "finish_migration", "start_migration", "remove"):
            CHANGES[change](target, "2")
        assert target.records() == (before,)

    def test_can_not_be_changed_through_what_was_read(self, target: Any) -> None:
        """Records are copies."""
        target.add("1")
        target.save_checkpoint("1", {"done": []})
        target.records()[0].checkpoint["done"].append(1)
        assert target.records()[0].checkpoint == {"done": []}

    def test_does_not_change_with_what_was_saved(self, target: Any) -> None:
        """A checkpoint is what it was when it was saved."""
        value: dict[str, list[int]] = {"done": []}
        target.add("1")
        target.save_checkpoint("1", value)
        value["done"].append(1)
        assert target.records()[0].checkpoint == {"done": []}


class TestDoneAndCurrent:
    """What is applied, unless something is dirty."""

    def test_current_is_the_newest(self, target: Any) -> None:
        """Not the one applied last."""
        applied(target, "3", "1")
        assert target.current() == "3"
        assert target.done() == ("1", "3")

    def test_there_is_no_current_one_at_first(self, target: Any) -> None:
        """The error says how to get one."""
        with pytest.raises(NoCurrentMigration, match=r"^No migration is applied\. Invoke .*\"migrate\""):
            target.current()

    @pytest.mark.parametrize("ask", ["done", "current"])
    def test_name_the_dirty_one(self, target: Any, ask: str) -> None:
        """By id and description, with when it began, why it failed and how to settle it."""
        applied(target, "1")
        target.add("2", DETAILS)
        target.fail("2", FAILURE)
        with pytest.raises(DirtyMigration) as caught:
            getattr(target, ask)()
        assert str(caught.value) == (
            "2_add_status began at 2026-11-23T09:00:00.000Z and did not finish "
            "(KeyError: 'status', 1_add_status.py:14). "
            'Check what it left in the table, then invoke {"action": "repair", "migration": "2", "as": "pending", '
            '"confirm": true} to have it run again, or "as": "applied" to count it as done.'
        )
        assert caught.value.migration_id == "2"

    def test_name_the_one_whose_undo_did_not_finish(self, target: Any) -> None:
        """That it was being undone turns what the ways to settle it mean."""
        applied(target, "1")
        target.start_migration("1")
        with pytest.raises(DirtyMigration, match=r"^1 its undo began at .* and did not finish") as caught:
            target.done()
        assert '"as": "applied", "confirm": true} to count it as still applied' in caught.value.next_step

    def test_name_all_that_are_dirty(self, target: Any) -> None:
        """The oldest first, then the others."""
        target.add("10")
        target.add("9")
        with pytest.raises(DirtyMigration, match=r"^9 began .* and did not finish\. So did 10\."):
            target.done()
