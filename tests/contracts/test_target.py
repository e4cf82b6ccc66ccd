"""What every target promises: the same for one in memory and one in DynamoDB."""

import logging
import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from dynamigrate import (
    Context,
    Direction,
    DirtyMigration,
    InvalidMigrationName,
    LockHeld,
    LockLost,
    MemoryTarget,
    MigrationAlreadyExists,
    MigrationFailed,
    MigrationNotFound,
    MigrationsError,
    NoCurrentMigration,
    RewindPlanner,
    StateMissing,
    StopRequested,
    migrate,
)
from dynamigrate.records import Details, Failure, Record, Run, RunRecord
from tests.contracts.conftest import Bench
from tests.unit.fakes import PATIENCE, FakeClock, Notebook, applied, elsewhere, held_elsewhere, raising

Change = Callable[[Any, str], None]

FAILURE = Failure(type="KeyError", message="'status'", where="1_add_status.py:14")
DETAILS = Details(
    description="add status", checksum="0a" * 16, run_id="run-1", actor="deploy of shop", app_version="1.2.3"
)

# Every change of state but the one that makes an item.
CHANGES: dict[str, Change] = {
    "start_migration": lambda target, one: target.start_migration(one),
    "resume_migration": lambda target, one: target.resume_migration(one),
    "finish_migration": lambda target, one: target.finish_migration(one),
    "remove": lambda target, one: target.remove(one),
    "fail": lambda target, one: target.fail(one, FAILURE),
    "save_checkpoint": lambda target, one: target.save_checkpoint(one, {"after": 7}),
    "save_progress": lambda target, one: target.save_progress(one, 1, 2),
}
ONLY_DIRTY = ["resume_migration", "fail", "save_checkpoint", "save_progress"]
BEGINNINGS = ["add", "start_migration", "resume_migration"]
ALL_CHANGES: dict[str, Change] = {"add": lambda target, one: target.add(one), **CHANGES}


@pytest.fixture(params=ALL_CHANGES)
def change(request: pytest.FixtureRequest) -> Change:
    """Each change of state in turn."""
    return ALL_CHANGES[request.param]


@pytest.fixture
def ready(request: pytest.FixtureRequest, target: Any) -> str:
    """The id of a migration to which the change at hand could be made."""
    name = request.node.callspec.params["change"]
    if name == "start_migration":
        applied(target, "1")
    elif name != "add":
        target.add("1")
    return "1"


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

    def test_can_be_created_by_several_at_once(self, bench: Bench) -> None:
        """All of them return, and find it usable."""
        bench.target.destroy()
        handles = [bench.another() for _ in range(4)]
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
        assert [record.id for record in bench.target.records()] == ["0", "1", "2", "3"]

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
        target.record_run(_run_record(1))
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


class TestARefusedChange:
    """Each error, which one it is about, and that nothing was changed."""

    @pytest.mark.parametrize("name", CHANGES)
    def test_of_what_is_not_there(self, target: Any, name: str) -> None:
        """Each is told what id is unknown, and none makes an item of it."""
        applied(target, "2")
        before = target.records()
        with pytest.raises(MigrationNotFound, match=r"^1 is not in the history") as caught:
            CHANGES[name](target, "1")
        assert caught.value.migration_id == "1"
        assert target.records() == before

    @pytest.mark.parametrize("name", ONLY_DIRTY)
    def test_of_what_is_not_under_way(self, target: Any, name: str) -> None:
        """What belongs to one under way can't be said of an applied one."""
        applied(target, "1")
        before = target.records()
        with pytest.raises(MigrationNotFound, match=r"^1 is not under way\.") as caught:
            CHANGES[name](target, "1")
        assert caught.value.migration_id == "1"
        assert target.records() == before

    @pytest.mark.parametrize("finished", [False, True], ids=["dirty", "applied"])
    def test_of_an_id_that_is_taken(self, target: Any, finished: bool) -> None:
        """One that is known can't be added, dirty or not, and keeps what it has."""
        target.add("1", DETAILS)
        if finished:
            target.finish_migration("1")
        before = target.records()
        with pytest.raises(MigrationAlreadyExists, match=r"^1_add_status is in the history already\.") as caught:
            target.add("1", Details(description="another"))
        assert caught.value.migration_id == "1"
        assert target.records() == before

    def test_to_undo_what_is_dirty(self, target: Any) -> None:
        """It has to be settled first; the error says how it got there."""
        target.add("1", DETAILS)
        before = target.records()
        with pytest.raises(DirtyMigration, match=r"^1_add_status began at 2026-11-23T09:00:00.000Z and did not finish"):
            target.start_migration("1")
        assert target.records() == before

    def test_of_what_is_no_id(self, target: Any, change: Change) -> None:
        """An id is ASCII digits, for whoever calls."""
        for bad in ("", "x", "1a", "-1", "1.0", " 1", "1\n", "\N{ARABIC-INDIC DIGIT THREE}", "\N{SUPERSCRIPT TWO}"):
            with pytest.raises(InvalidMigrationName, match=re.escape(f"{bad!r} is not a migration id.")):
                change(target, bad)
        assert target.records() == ()

    def test_says_what_to_do_next(self, target: Any) -> None:
        """Each of these errors has a next step, and its text ends with it."""
        applied(target, "1")
        for name, one in (("add", "1"), ("remove", "2"), ("fail", "1")):
            with pytest.raises(MigrationsError) as caught:
                ALL_CHANGES[name](target, one)
            assert caught.value.next_step
            assert str(caught.value) == f"{caught.value.message} {caught.value.next_step}"

    def test_when_two_add_at_once(self, bench: Bench) -> None:
        """One of them has added it, and all others are told that it is there."""
        handles = [bench.another() for _ in range(4)]
        barrier = threading.Barrier(len(handles))
        told: list[str] = []

        def add(handle: Any) -> None:
            barrier.wait(PATIENCE)
            try:
                handle.add("1")
                told.append("added")
            except MigrationAlreadyExists:
                told.append("there already")

        threads = [threading.Thread(target=add, args=(handle,)) for handle in handles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(told) == ["added", "there already", "there already", "there already"]


class TestIds:
    """By value, and kept as first written."""

    def test_are_ordered_by_value(self, target: Any) -> None:
        """9 comes before 10, and length does not matter."""
        applied(target, "10", "9", "0100", "20261123090000")
        assert target.done() == ("9", "10", "0100", "20261123090000")
        assert target.current() == "20261123090000"
        assert [record.id for record in target.records()] == ["9", "10", "0100", "20261123090000"]

    def test_may_be_longer_than_numbers_can_be(self, target: Any) -> None:
        """A name is no number: nothing turns it into one."""
        long = "9" * 1000
        applied(target, long, "1" + "0" * 1000)
        assert target.done() == (long, "1" + "0" * 1000)

    def test_are_known_however_they_are_written(self, target: Any) -> None:
        """``1`` is there once ``01`` is, and is kept as ``01`` whatever it is called afterwards."""
        target.add("01", DETAILS)
        with pytest.raises(MigrationAlreadyExists, match=r"^01_add_status is in the history already\."):
            target.add("1")
        for name in ("fail", "save_checkpoint", "save_progress", "resume_migration", "finish_migration"):
            CHANGES[name](target, "001")
            assert [record.id for record in target.records()] == ["01"]
        assert target.done() == ("01",)
        target.start_migration("1")
        target.remove("00001")
        assert target.records() == ()

    def test_are_known_however_another_process_wrote_them(self, bench: Bench) -> None:
        """It makes no difference who was first, nor what was read before."""
        assert bench.target.records() == ()
        bench.another().add("01")
        with pytest.raises(MigrationAlreadyExists):
            bench.target.add("1")
        bench.target.finish_migration("1")
        assert bench.target.done() == ("01",)

    def test_of_which_the_zeros_are_all_there_is(self, target: Any) -> None:
        """0 is an id as any other."""
        applied(target, "00", "1")
        with pytest.raises(MigrationAlreadyExists):
            target.add("0")
        assert target.done() == ("00", "1")


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


class TestALongHistory:
    """More than one page of what a table gives at once."""

    def test_is_read_whole(self, bench: Bench) -> None:
        """More than 1 MB of it, from a handle that has just been made."""
        details = Details(description="x" * 8_000)
        ids = [str(number) for number in range(1, 151)]
        for one in ids:
            bench.target.add(one, details)
            bench.target.finish_migration(one)
        fresh = bench.another()
        assert fresh.done() == tuple(ids)
        assert fresh.current() == "150"
        with pytest.raises(MigrationAlreadyExists):
            fresh.add("0150")

    def test_shows_the_dirty_one_wherever_it_is(self, bench: Bench) -> None:
        """On whatever page the only dirty one comes."""
        details = Details(description="x" * 8_000)
        for number in range(1, 151):
            bench.target.add(str(number), details)
            if number != 77:
                bench.target.finish_migration(str(number))
        with pytest.raises(DirtyMigration, match=r"^77_x+ began"):
            bench.another().done()


class TestRuns:
    """The history of runs."""

    def test_come_back_as_they_were(self, target: Any) -> None:
        """Every field, the empty ones too."""
        full = RunRecord(
            run=Run(
                id="20261123T090001Z-0000abcd",
                actor="deploy of shop",
                deploy_id="d-1",
                app_version="1.2.3",
                command="repair",
            ),
            started_at="2026-11-23T09:00:01.000Z",
            seconds=1.234,
            result="failed",
            applied=("9", "10"),
            undone=("3",),
            failed="11",
            note="11_ä failed: KeyError: 'status'.",
        )
        bare = RunRecord(run=Run(id="r"), started_at="2026-11-23T09:00:00.000Z", seconds=0.0, result="succeeded")
        target.record_run(bare)
        target.record_run(full)
        assert target.runs() == (full, bare)

    def test_come_newest_first(self, target: Any) -> None:
        """And no more than are asked for."""
        for number in range(1, 13):
            target.record_run(_run_record(number))
        assert [run.run.id for run in target.runs(limit=3)] == ["run-12", "run-11", "run-10"]
        assert len(target.runs()) == 12

    def test_are_no_migrations(self, target: Any) -> None:
        """Neither list shows what is in the other."""
        applied(target, "1")
        target.record_run(_run_record(1))
        assert target.done() == ("1",)
        assert len(target.runs()) == 1

    def test_can_be_recorded_under_the_lock(self, target: Any) -> None:
        """As a run does at its end; they leave the lock alone."""
        with target.lock():
            target.record_run(_run_record(1))
        with target.lock():
            assert [run.run.id for run in target.runs()] == ["run-1"]

    def test_may_have_a_note_of_any_length(self, target: Any) -> None:
        """Its beginning is kept rather than nothing."""
        target.record_run(replace(_run_record(1), note="no " * 200_000))
        assert target.runs()[0].note.startswith("no no no")


class TestTheLock:
    """Who has it, who gets it, and when it is given back."""

    def test_is_held_by_one(self, bench: Bench) -> None:
        """Another is told at once who has it and since when, and what to do."""
        with held_elsewhere(bench.another()), pytest.raises(LockHeld) as caught, bench.target.lock():
            pytest.fail("two hold the lock")
        error = caught.value
        assert error.holder
        assert f"is held by {error.holder} since 2026-11-23T09:00:00.000Z" in str(error)
        assert error.since == "2026-11-23T09:00:00.000Z"
        assert "try again" in error.next_step
        assert bench.clock.slept == []

    def test_is_held_by_one_of_many_who_try_at_once(self, bench: Bench) -> None:
        """However close they are."""
        handles = [bench.another() for _ in range(4)]
        barrier, over = threading.Barrier(len(handles)), threading.Event()
        told: list[str] = []

        def take(handle: Any) -> None:
            barrier.wait(PATIENCE)
            try:
                with handle.lock():
                    told.append("held")
                    over.wait(PATIENCE)
            except LockHeld:
                told.append("refused")
            if told.count("refused") == len(handles) - 1:
                over.set()

        threads = [threading.Thread(target=take, args=(handle,)) for handle in handles]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert sorted(told) == ["held", "refused", "refused", "refused"]

    def test_is_no_lock_for_oneself(self, target: Any) -> None:
        """Who has it can't have it twice, and still has it after trying."""
        with target.lock() as lock:
            with pytest.raises(LockHeld), target.lock():
                pytest.fail("it is held twice")
            target.add("1")
            assert not lock.lost

    def test_is_free_again_afterwards(self, bench: Bench) -> None:
        """For oneself and others."""
        with bench.target.lock():
            pass
        with bench.target.lock():
            pass
        with held_elsewhere(bench.another()):
            pass

    def test_is_free_again_after_an_error(self, bench: Bench) -> None:
        """Which passes through as it is."""
        with pytest.raises(KeyboardInterrupt), bench.target.lock():
            raise KeyboardInterrupt
        with held_elsewhere(bench.another()):
            pass

    def test_can_be_waited_for(self, bench: Bench) -> None:
        """Who waits gets it once it is released."""
        with held_elsewhere(bench.another()) as holder:
            bench.clock.before_sleep = holder.let_go
            with bench.target.lock(wait=5) as lock:
                assert not lock.lost
        assert len(bench.clock.slept) == 1

    def test_is_waited_for_no_longer_than_was_said(self, bench: Bench) -> None:
        """Then the answer is the same as without waiting."""
        with held_elsewhere(bench.another()), pytest.raises(LockHeld, match="is held by"), bench.target.lock(wait=5):
            pytest.fail("two hold the lock")
        assert 5 <= round(sum(bench.clock.slept), 6) < 7

    def test_lets_reading_go_on(self, bench: Bench) -> None:
        """Nobody needs it to look."""
        applied(bench.target, "1")
        with held_elsewhere(bench.another()):
            assert bench.target.done() == ("1",)
            assert bench.target.runs() == ()


class TestFencing:
    """A holder that lost its lock records nothing."""

    def test_lets_the_holder_work(self, target: Any) -> None:
        """All changes, one after another, in one holding of the lock."""
        with target.lock():
            target.add("1", DETAILS)
            for name in ("save_progress", "save_checkpoint", "fail", "resume_migration", "finish_migration"):
                CHANGES[name](target, "1")
            target.start_migration("1")
            target.remove("1")
            applied(target, "2")
        assert target.done() == ("2",)

    def test_tells_a_holder_the_same_errors(self, target: Any) -> None:
        """Inside the lock as outside of it."""
        applied(target, "1")
        with target.lock() as lock:
            with pytest.raises(MigrationAlreadyExists, match=r"^1 is in the history already\."):
                target.add("1")
            for change in CHANGES.values():
                with pytest.raises(MigrationNotFound, match=r"^2 is not in the history"):
                    change(target, "2")
            target.start_migration("1")
            with pytest.raises(DirtyMigration, match=r"^1 its undo began"):
                target.start_migration("1")
            assert not lock.lost

    @pytest.mark.parametrize("taken", [False, True], ids=["it is nobody's", "another has it"])
    def test_refuses_who_lost_the_lock(self, bench: Bench, change: Change, ready: str, taken: bool) -> None:
        """Every change, whether or not somebody else has it now, leaving the record as it is."""
        before = bench.target.records()
        with bench.target.lock() as lock:
            bench.free_by_force()
            if taken:
                with held_elsewhere(bench.another()):
                    error = _refused(bench.target, change, ready, lock)
            else:
                error = _refused(bench.target, change, ready, lock)
        assert "no longer ours" in str(error)
        assert error.next_step
        assert bench.target.records() == before

    def test_refuses_for_good(self, bench: Bench) -> None:
        """A lock that was lost does not come back when the other one lets go of it."""
        with bench.target.lock() as lock:
            bench.free_by_force()
            with held_elsewhere(bench.another()):
                _refused(bench.target, ALL_CHANGES["add"], "1", lock)
            _refused(bench.target, ALL_CHANGES["add"], "1", lock)
        assert bench.target.records() == ()

    def test_ends_with_the_block(self, bench: Bench, change: Change, ready: str) -> None:
        """Outside of it the same calls work unfenced, whether the lock was lost and whoever has it now."""
        with bench.target.lock():
            bench.free_by_force()
        with held_elsewhere(bench.another()):
            change(bench.target, ready)

    def test_does_not_bind_who_never_had_the_lock(self, bench: Bench, change: Change, ready: str) -> None:
        """Unfenced is unfenced: a person's own call works beside a holder."""
        with bench.target.lock():
            handle = bench.another()
            elsewhere(lambda: change(handle, ready))

    def test_that_a_migration_may_use_itself(self, bench: Bench) -> None:
        """`condition` lets a transaction through until the lock is lost; a target without transactions says so."""
        with bench.target.lock() as lock:
            if isinstance(bench.target, MemoryTarget):
                with pytest.raises(MigrationsError, match="no transactions to fence"):
                    lock.condition()
                return
            client = bench.target.client
            table = f"app-{uuid4().hex[:8]}"
            client.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            )
            put = {"Put": {"TableName": table, "Item": {"pk": {"S": "1"}}}}
            client.transact_write_items(TransactItems=[put, lock.condition()])
            bench.free_by_force()
            with pytest.raises(client.exceptions.TransactionCanceledException):
                client.transact_write_items(TransactItems=[put, lock.condition()])


class TestALostLock:
    """On leaving the block."""

    @pytest.mark.parametrize("noticed", [False, True], ids=["nobody noticed", "a change was refused"])
    def test_is_logged_and_raises_nothing(self, bench: Bench, caplog: pytest.LogCaptureFixture, noticed: bool) -> None:
        """The work is over: an error now would only hide how it went."""
        with bench.target.lock():
            bench.free_by_force()
            if noticed:
                with pytest.raises(LockLost):
                    bench.target.add("1")
        assert _warnings(caplog) == ["lock.lost"]

    def test_stays_with_its_new_holder(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        """Who lost it does not release another's, and logs a warning instead."""
        with ExitStack() as stack:
            with bench.target.lock():
                bench.free_by_force()
                stack.enter_context(held_elsewhere(bench.another()))
            assert _warnings(caplog) == ["lock.lost"]
            with pytest.raises(LockHeld), bench.target.lock():
                pytest.fail("another's lock was released")

    def test_does_not_hide_an_error(self, bench: Bench) -> None:
        """What was raised inside comes out."""
        with pytest.raises(ZeroDivisionError), bench.target.lock():  # noqa: PT012 - the lock is lost inside
            bench.free_by_force()
            raise ZeroDivisionError


class TestStop:
    """A holder that is asked to stop begins nothing more."""

    @pytest.mark.parametrize("change", BEGINNINGS, indirect=True)
    def test_keeps_a_migration_from_beginning(self, bench: Bench, change: Change, ready: str) -> None:
        """The holder is told why, and the record stays as it is."""
        before = bench.target.records()
        with bench.target.lock() as lock:
            assert lock.stop_reason is None
            bench.another().request_stop("the stack is rolling back")
            with pytest.raises(StopRequested, match="1 was not begun: the stack is rolling back") as caught:
                change(bench.target, ready)
            assert caught.value.migration_id == "1"
            assert lock.stop_reason == "the stack is rolling back"
            assert not lock.lost
        assert bench.target.records() == before

    @pytest.mark.parametrize("change", [name for name in CHANGES if name not in BEGINNINGS], indirect=True)
    def test_lets_a_migration_end(self, bench: Bench, change: Change, ready: str) -> None:
        """What is under way may be recorded: that it finished, failed, or how far it got."""
        before = bench.target.records()
        with bench.target.lock():
            bench.another().request_stop("the stack is rolling back")
            change(bench.target, ready)
        assert bench.target.records() != before

    def test_is_over_with_the_lock(self, bench: Bench) -> None:
        """The next holder was not asked."""
        with bench.target.lock():
            bench.another().request_stop("the stack is rolling back")
        with bench.target.lock() as lock:
            bench.target.add("1")
            assert lock.stop_reason is None

    def test_reaches_nobody_when_nobody_holds_the_lock(self, bench: Bench) -> None:
        """It neither fails nor waits for a holder to come."""
        bench.another().request_stop("the stack is rolling back")
        with bench.target.lock() as lock:
            bench.target.add("1")
            assert lock.stop_reason is None


class TestAWholeRun:
    """`migrate` leaves the same trace in every target."""

    def test_there_and_back(self, bench: Bench) -> None:
        """All done, nothing to do, all undone: and two runs in the history, since the one between changed nothing."""
        notebook = Notebook()
        source = notebook.source("9", "10")
        assert migrate(source, bench.target, clock=bench.clock).applied == ("9", "10")
        assert not migrate(source, bench.target, clock=bench.clock).changed
        assert bench.another().done() == ("9", "10")
        bench.clock.turn(1)
        assert migrate(source, bench.target, planner=RewindPlanner(), clock=bench.clock).undone == ("10", "9")
        assert notebook.calls == ["do 9", "do 10", "undo 10", "undo 9"]
        assert bench.another().records() == ()
        assert [(run.applied, run.undone) for run in bench.another().runs()] == [((), ("10", "9")), (("9", "10"), ())]

    def test_into_tables_that_are_not_there(self, bench: Bench) -> None:
        """They are created first."""
        bench.target.destroy()
        assert migrate(Notebook().source("1"), bench.target, clock=bench.clock).applied == ("1",)
        assert bench.another().done() == ("1",)

    def test_that_fails_and_goes_on_from_its_checkpoint(self, bench: Bench) -> None:
        """By another process, from what was saved."""
        seen: list[object] = []

        def do(ctx: Context) -> None:
            seen.append(ctx.checkpoint.load())
            if ctx.checkpoint.load() is None:
                ctx.checkpoint.save({"after": 7})
                raise KeyError("status")

        source = Notebook().source(Notebook().migration("1", do=do))
        with pytest.raises(
            MigrationFailed, match=r"^1_change_things failed: KeyError: 'status', test_target\.py:\d+\."
        ):
            migrate(source, bench.target, clock=bench.clock)
        assert migrate(source, bench.another(), clock=bench.clock).applied == ("1",)
        assert seen == [None, {"after": 7}]

    def test_that_loses_its_lock(self, bench: Bench) -> None:
        """What it did then is not recorded as done: the next one sees it dirty."""

        def do(ctx: Context) -> None:
            bench.free_by_force()

        notebook = Notebook()
        source = notebook.source(notebook.migration("1", do=do), "2")
        with pytest.raises(LockLost, match=r"^1_change_things did its work, but the lock was lost"):
            migrate(source, bench.target, clock=bench.clock)
        assert notebook.calls == ["do 1"]
        with pytest.raises(DirtyMigration, match=r"^1_change_things began"):
            bench.another().done()

    def test_while_another_one_runs(self, bench: Bench) -> None:
        """Leaves nothing: no run, no record."""
        notebook = Notebook()
        with held_elsewhere(bench.another()), pytest.raises(LockHeld):
            migrate(notebook.source("1"), bench.target, clock=bench.clock)
        assert (bench.target.records(), bench.target.runs(), notebook.calls) == ((), (), [])

    def test_whose_code_raises_what_ends_a_program(self, bench: Bench) -> None:
        """Even then the record says why, and the lock is free."""
        source = Notebook().source(Notebook().migration("1", do=raising(KeyboardInterrupt())))
        with pytest.raises(KeyboardInterrupt):
            migrate(source, bench.target, clock=bench.clock)
        (record,) = bench.another().records()
        assert record.failure is not None
        assert record.failure.type == "KeyboardInterrupt"
        with held_elsewhere(bench.another()):
            pass


def _run_record(number: int) -> RunRecord:
    return RunRecord(
        run=Run(id=f"run-{number}"), started_at=f"2026-11-23T09:00:{number:02}.000Z", seconds=0.5, result="succeeded"
    )


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the library has logged as warnings or worse."""
    records = [record for record in caplog.records if record.name.startswith("dynamigrate")]
    return [record.getMessage() for record in records if record.levelno >= logging.WARNING]


def _refused(target: Any, change: Change, migration_id: str, lock: Any) -> LockLost:
    with pytest.raises(LockLost) as caught:
        change(target, migration_id)
    assert lock.lost
    return caught.value
