"""When a monitor looks, and how its thread ends."""

import logging
import threading
import time
from typing import Any

import pytest

from dynamigrate.consumption import Counted
from tests.unit.backfill.monitor_scene import Scene, said, until
from tests.unit.fakes import PATIENCE, FakeClock


@pytest.fixture
def scene(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> Scene:
    caplog.set_level(logging.INFO, "dynamigrate.run")
    return Scene(clock)


def test_it_looks_once_a_minute(scene: Scene) -> None:
    """However often it is asked to."""
    with scene.open() as monitor:
        for looks in (1, 2, 3):
            until(lambda looks=looks: len(scene.meter.asked) == looks)  # type: ignore[misc]
            for _ in range(50):
                monitor.poll()
                scene.clock.turn(1)
            assert len(scene.meter.asked) == looks
            scene.clock.turn(11)
            monitor.poll()
        until(lambda: len(scene.meter.asked) == 4)


class Stuck:
    """A meter whose answer does not come until it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def consumed(self, table: str, capacity_keys: Any, *, since: float, until: float) -> Counted:
        self.asked.set()
        self.go.wait(PATIENCE)
        raise OSError("too late")


def test_a_reading_that_hangs_holds_nobody_up(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the beginning nor the end waits for it, and what it says afterwards is not heard."""
    monkeypatch.setattr("dynamigrate.backfill.capacity.monitor._FIRST_SECONDS", 0.05)
    monkeypatch.setattr("dynamigrate.backfill.capacity.monitor._END_SECONDS", 0.05)
    stuck = Stuck()
    monitor = scene.open(stuck)
    began = time.monotonic()
    with monitor:
        assert stuck.asked.wait(PATIENCE)
        scene.clock.turn(61)
        monitor.poll()
    assert time.monotonic() - began < PATIENCE / 2
    stuck.go.set()
    monitor._thread.join(PATIENCE)
    assert not monitor._thread.is_alive()
    assert said(caplog, "backfill.others_unknown") == []
    assert scene.writes.ceiling.units == 500


def test_its_thread_ends_with_the_work(scene: Scene) -> None:
    """However that ends."""
    monitor = scene.open()

    def fail() -> None:
        with monitor:
            assert monitor._thread.is_alive()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not monitor._thread.is_alive()
