"""What every target promises of work whose parts go on side by side: segments, figures, pausing."""

from typing import Any

import pytest

from dynamigrate import LockLost, MemoryTarget
from dynamigrate.rate_order import RateOrder
from tests.contracts.conftest import TargetScene
from tests.unit.fakes import applied

ORDER = RateOrder(read_units=None, write_units=500.5, until=1_800_000_000.25, by="invoke, request 1")


class TestSegments:
    """How far each part of a migration got."""

    def test_are_none_at_first(self, target: Any) -> None:
        """Nor of what is not there."""
        target.add("1")
        assert target.segments("1") == target.segments("2") == {}

    @pytest.mark.parametrize("value", [None, 0, "after", {"after": {"id": "\u00e4"}, "done": [1, 2.5]}], ids=repr)
    def test_come_back_as_they_were(self, scene: TargetScene, value: object) -> None:
        """By number, to another process too."""
        scene.target.add("1")
        scene.target.save_segments("1", {0: value, 11: [value]})
        assert scene.target.segments("1") == scene.another().segments("1") == {0: value, 11: [value]}

    def test_are_saved_one_by_one(self, target: Any) -> None:
        """What is not in a save stays as it is."""
        target.add("1")
        target.save_segments("1", {0: "a", 1: "b"})
        target.save_segments("1", {1: "c", 2: "d"})
        target.save_segments("1", {})
        assert target.segments("1") == {0: "a", 1: "c", 2: "d"}

    def test_may_be_many(self, scene: TargetScene) -> None:
        """More than one request takes, or gives back, at once."""
        scene.target.add("1")
        values = {number: {"after": "x" * 8_000, "number": number} for number in range(150)}
        scene.target.save_segments("1", values)
        assert scene.another().segments("1") == values
        scene.target.clear_segments("1")
        assert scene.another().segments("1") == {}

    def test_are_each_migrations_own(self, target: Any) -> None:
        """By value, whatever the beginning of its id."""
        target.add("01")
        target.add("10")
        target.save_segments("1", {0: "of 1"})
        target.save_segments("10", {0: "of 10"})
        assert (target.segments("001"), target.segments("10")) == ({0: "of 1"}, {0: "of 10"})
        target.clear_segments("1")
        assert (target.segments("01"), target.segments("10")) == ({}, {0: "of 10"})

    def test_are_neither_migrations_nor_runs(self, target: Any) -> None:
        """No other list shows them."""
        applied(target, "1")
        target.save_segments("1", {0: "a"})
        assert (target.done(), target.runs()) == (("1",), ())

    def test_are_forgotten_when_that_is_said(self, target: Any) -> None:
        """Not before, and not by what else happens to the migration."""
        target.add("1")
        target.save_segments("1", {0: "a"})
        target.finish_migration("1")
        assert target.segments("1") == {0: "a"}
        target.clear_segments("1")
        target.clear_segments("1")
        assert target.segments("1") == {}

    def test_are_gone_with_the_state(self, target: Any) -> None:
        """As all else."""
        target.add("1")
        target.save_segments("1", {0: "a"})
        target.destroy()
        target.create()
        assert target.segments("1") == {}

    def test_are_refused_to_who_lost_the_lock(self, scene: TargetScene) -> None:
        """Saving and clearing, as every change; what was there stays."""
        scene.target.add("1")
        with scene.target.lock() as lock:
            scene.target.save_segments("1", {0: "a"})
            scene.free_by_force()
            with pytest.raises(LockLost):
                scene.target.save_segments("1", {0: "b"})
            with pytest.raises(LockLost):
                scene.target.clear_segments("1")
            assert lock.lost
        assert scene.target.segments("1") == {0: "a"}


class TestFigures:
    """What else progress is told with."""

    def test_go_with_the_progress(self, target: Any) -> None:
        """Numbers under any names, the last ones, until it is finished."""
        target.add("1")
        target.save_progress("1", 1, 4, {"written": 7, "rate": 12.5})
        target.save_progress("1", 2, 4, {"written": 9, "refused": 0})
        (record,) = target.records()
        assert (record.progress, dict(record.figures)) == ((2, 4), {"written": 9, "refused": 0})
        target.finish_migration("1")
        (record,) = target.records()
        assert (record.progress, dict(record.figures)) == (None, {})

    def test_go_with_what_it_waits_for(self, target: Any) -> None:
        """In words, as long as that is told; a figure of that name is a figure."""
        target.add("1")
        assert target.records()[0].waits_for == ""
        target.save_progress("1", 1, 4, {"written": 7}, waits_for="the alarm orders-p99")
        (record,) = target.records()
        assert (record.progress, dict(record.figures)) == ((1, 4), {"written": 7})
        assert record.waits_for == "the alarm orders-p99"
        target.save_progress("1", 2, 4, {"waits_for": 3})
        (record,) = target.records()
        assert (record.waits_for, dict(record.figures)) == ("", {"waits_for": 3})
        target.save_progress("1", 2, 4, waits_for="the alarm orders-p99")
        target.finish_migration("1")
        (record,) = target.records()
        assert (record.waits_for, record.progress) == ("", None)


class TestPausing:
    """A holder that is asked to wait."""

    def test_is_asked_of_nobody_when_nobody_holds_the_lock(self, target: Any) -> None:
        """And the next holder is not asked."""
        assert not target.request_pause()
        assert not target.request_resume()
        with target.lock() as lock:
            assert not lock.paused

    def test_is_heard_and_taken_back(self, scene: TargetScene) -> None:
        """By the holder, which can work on meanwhile: it is a request."""
        with scene.target.lock() as lock:
            for ask, paused in (("request_pause", True), ("request_resume", False)):
                assert getattr(scene.another(), ask)()
                _listen(scene, lock)
                assert lock.paused is paused
                scene.target.add(str(int(paused)))

    def test_is_over_with_the_lock(self, scene: TargetScene) -> None:
        """The next holder was not asked."""
        with scene.target.lock():
            scene.another().request_pause()
        with scene.target.lock() as lock:
            _listen(scene, lock)
            assert not lock.paused


class TestOrderingARate:
    """A holder whose backfill is asked to go at another rate."""

    def test_is_asked_of_nobody_when_nobody_holds_the_lock(self, scene: TargetScene) -> None:
        """And the next holder goes at its own."""
        assert not scene.target.request_rate(ORDER)
        with scene.target.lock() as lock:
            _listen(scene, lock)
            assert lock.rate is None

    def test_is_heard_seen_and_taken_back(self, scene: TargetScene) -> None:
        """By the holder, and by whoever looks at the lock."""
        with scene.target.lock() as lock:
            for order in (ORDER, None):
                assert scene.another().request_rate(order)
                _listen(scene, lock)
                assert lock.rate == order
                found = scene.another().lock_status()
                assert found is not None
                assert found.rate == order

    def test_is_over_with_the_lock(self, scene: TargetScene) -> None:
        """Of the next run nobody asked anything."""
        with scene.target.lock():
            scene.another().request_rate(ORDER)
        with scene.target.lock() as lock:
            _listen(scene, lock)
            assert lock.rate is None


def _listen(scene: TargetScene, lock: Any) -> None:
    """Have the holder hear what it is asked, which it otherwise does with its next beat."""
    if not isinstance(scene.target, MemoryTarget):
        lock.beat()
