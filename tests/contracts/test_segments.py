"""What every target keeps of parts that go on side by side, and how their run is paused."""

from typing import Any

import pytest

from dynamigrate import LockLost, MemorySource, Migration, migrate, repair
from dynamigrate.runtime import Runtime
from tests.contracts.conftest import TargetScene
from tests.unit.fakes import FakeClock, elsewhere


def test_keeps_each_part_by_its_number(target: Any) -> None:
    """Others stay as they are; a value is whatever JSON can say."""
    target.add("1")
    assert target.segments("1") == {}
    target.save_segments("1", {0: {"after": None}, 11: ["x", 1.5]})
    target.save_segments("1", {1: "a", 0: {"after": {"id": {"S": "é"}}}})
    assert target.segments("1") == {0: {"after": {"id": {"S": "é"}}}, 1: "a", 11: ["x", 1.5]}


def test_keeps_more_parts_than_a_transaction_has_room_for(target: Any) -> None:
    """All are there, fenced or not."""
    target.add("1")
    values = {number: {"after": number} for number in range(250)}
    with target.lock():
        target.save_segments("1", values)
        assert target.segments("1") == values
        target.clear_segments("1")
        assert target.segments("1") == {}
    target.save_segments("1", values)
    assert target.segments("1") == values


def test_parts_of_one_migration_are_no_other_ones(target: Any) -> None:
    """Ids are compared by value, and one may begin as another does."""
    for one in ("1", "11"):
        target.add(one)
        target.save_segments(one, {1: one})
    assert (target.segments("01"), target.segments("11")) == ({1: "1"}, {1: "11"})
    target.clear_segments("1")
    assert (target.segments("1"), target.segments("11")) == ({}, {1: "11"})


def test_another_handle_sees_them(scene: TargetScene) -> None:
    """The next run is another process."""
    scene.target.add("1")
    scene.target.save_segments("1", {3: {"after": "k"}})
    assert scene.another().segments("1") == {3: {"after": "k"}}


def test_who_lost_the_lock_keeps_nothing(scene: TargetScene) -> None:
    """And clears nothing."""
    target = scene.target
    target.add("1")
    target.save_segments("1", {0: "before"})
    with target.lock():
        scene.free_by_force()
        with pytest.raises(LockLost):
            target.save_segments("1", {0: "after"})
        with pytest.raises(LockLost):
            target.clear_segments("1")
    assert target.segments("1") == {0: "before"}


def test_they_are_no_runs_and_no_migrations(target: Any) -> None:
    """Although they may live in one table."""
    target.add("1")
    target.save_segments("1", {0: "x"})
    assert target.runs() == ()
    assert [record.id for record in target.records()] == ["1"]


def test_a_repair_clears_them(scene: TargetScene, clock: FakeClock) -> None:
    """Where the migration has a checkpoint, which it has if it has parts."""
    target = scene.target
    for settled in ("pending", "applied"):
        target.add("1")
        target.save_checkpoint("1", {"segments": 1})
        target.save_segments("1", {0: "x"})
        repair(target, "1", settled, clock=clock)
        assert target.segments("1") == {}


def test_a_holder_learns_that_it_is_paused(scene: TargetScene) -> None:
    """With its next beat, and so that it may go on."""
    with scene.target.lock() as lock:
        assert not lock.paused
        for request, expected in (("request_pause", True), ("request_resume", False), ("request_pause", True)):
            other = scene.another()
            assert elsewhere(lambda other=other, request=request: getattr(other, request)()) is True  # type: ignore[misc]
            _beat(lock)
            assert lock.paused is expected
    with scene.target.lock() as lock:
        _beat(lock)
        assert not lock.paused


def test_nobody_to_pause_is_said_so(scene: TargetScene) -> None:
    """And leaves nothing behind that the next holder would find."""
    assert scene.target.request_pause() is False
    assert scene.target.request_resume() is False
    with scene.target.lock() as lock:
        _beat(lock)
        assert not lock.paused


def test_progress_has_figures(target: Any) -> None:
    """Any number under any name, until the migration has finished."""
    target.add("1")
    target.save_progress("1", 3, 10, {"per_second": 12.5, "written": 3, "percent": 100 / 3})
    (record,) = target.records()
    assert record.progress == (3, 10)
    assert record.figures == pytest.approx({"per_second": 12.5, "written": 3, "percent": 100 / 3})
    target.save_progress("1", 4, 10)
    assert target.records()[0].figures == {}
    target.finish_migration("1")
    assert target.records()[0].figures == {}


def _beat(lock: Any) -> None:
    """As its thread does every few seconds; a `MemoryTarget` has nothing to ask."""
    if hasattr(lock, "beat"):
        lock.beat()


def test_a_migration_may_use_them(scene: TargetScene, clock: FakeClock) -> None:
    """By its checkpoint."""
    seen = []

    def do(ctx: Any) -> None:
        ctx.checkpoint.save({"parts": 2})
        ctx.checkpoint.save_segments({0: "a", 1: "b"})
        seen.append(ctx.checkpoint.segments())
        ctx.checkpoint.clear_segments()
        seen.append(ctx.checkpoint.segments())

    source = MemorySource()
    source.add(Migration("1", "in parts", do=do))
    migrate(source, scene.target, runtime=Runtime(clock=clock))
    assert seen == [{0: "a", 1: "b"}, {}]
