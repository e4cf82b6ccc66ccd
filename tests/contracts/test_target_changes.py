"""What every target promises of changes that it refuses, and of ids."""

import re
import threading
from dataclasses import replace
from typing import Any

import pytest

from dynamigrate import (
    DirtyMigration,
    InvalidMigrationName,
    MigrationAlreadyExists,
    MigrationNotFound,
    MigrationsError,
)
from dynamigrate.records import Details
from dynamigrate.restore_point import RestorePoint
from tests.contracts.changes import ALL_CHANGES, CHANGES, DETAILS, ONLY_DIRTY, Change
from tests.contracts.conftest import TargetScene, where_writes_are_atomic
from tests.unit.fakes import PATIENCE, applied

_POINT = RestorePoint(at="2026-11-23T09:00:00Z", tables={"orders": "on", "others": "unknown"}, region="eu-west-1")


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

    @where_writes_are_atomic
    def test_when_two_add_at_once(self, scene: TargetScene) -> None:
        """One of them has added it, and all others are told that it is there."""
        handles = [scene.another() for _ in range(4)]
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

    def test_are_known_however_another_process_wrote_them(self, scene: TargetScene) -> None:
        """It makes no difference who was first, nor what was read before."""
        assert scene.target.records() == ()
        scene.another().add("01")
        with pytest.raises(MigrationAlreadyExists):
            scene.target.add("1")
        scene.target.finish_migration("1")
        assert scene.target.done() == ("01",)

    def test_are_known_to_a_holder_of_the_lock_whatever_it_read_before(self, scene: TargetScene) -> None:
        """What was read without the lock may be old by the time it is held."""
        assert scene.target.records() == ()
        scene.another().add("01")
        with scene.target.lock():
            with pytest.raises(MigrationAlreadyExists):
                scene.target.add("1")
            scene.target.finish_migration("1")
        assert scene.target.done() == ("01",)

    def test_of_which_the_zeros_are_all_there_is(self, target: Any) -> None:
        """0 is an id as any other."""
        applied(target, "00", "1")
        with pytest.raises(MigrationAlreadyExists):
            target.add("0")
        assert target.done() == ("00", "1")


class TestTheRestorePoint:
    """The moment before a migration's first write."""

    def test_stays_with_it_while_it_goes_on_and_when_it_is_applied(self, target: Any) -> None:
        """What goes on has nothing new to say of it."""
        target.add("1", Details(restore_point=_POINT))
        target.save_checkpoint("1", 7)
        target.resume_migration("1", Details(run_id="run-2"))
        target.finish_migration("1")
        [record] = target.records()
        assert record.details.restore_point == _POINT

    def test_an_undo_has_its_own_or_none(self, target: Any) -> None:
        """That of the do has what is undone now."""
        later = replace(_POINT, at="2026-11-24T09:00:00Z")
        for one in ("1", "2"):
            target.add(one, Details(restore_point=_POINT))
            target.finish_migration(one)
        target.start_migration("1", Details(restore_point=later))
        target.start_migration("2", Details())
        assert [record.details.restore_point for record in target.records()] == [later, None]
