"""`migrate`: nothing without the lock, and the tables where they are missing."""

from typing import Any

import pytest

from dynamigrate import (
    Context,
    InvalidSetting,
    LockHeld,
    LockLost,
    MemoryTarget,
    MigrationFailed,
    StateMissing,
)
from dynamigrate.lock_loss import LossCause
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt, elsewhere, held_elsewhere, raising


class TestTheLock:
    """Nothing without it."""

    def test_is_held_while_migrations_run(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """And free afterwards, also after a failure."""
        refused: list[bool] = []

        def do(ctx: Context) -> None:
            with pytest.raises(LockHeld):
                elsewhere(lambda: target.lock().__enter__())
            refused.append(True)
            raise ValueError("no")

        with pytest.raises(MigrationFailed):
            run(notebook.source(notebook.migration("1", do=do)))
        assert refused == [True]
        with target.lock():
            pass

    def test_held_by_another_leaves_nothing_behind(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
    ) -> None:
        """No record, no run, no call, and nothing is read: at once."""
        with held_elsewhere(target), pytest.raises(LockHeld, match=r"^The lock is held by \w+ since 2026-11-23T09:00"):
            run(notebook.source("1"))
        assert (target.records(), target.runs(), notebook.calls, clock.slept) == ((), (), [], [])

    def test_can_be_waited_for(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, clock: FakeClock
    ) -> None:
        """As long as was said."""
        with held_elsewhere(target) as holder:
            with pytest.raises(LockHeld):
                run(notebook.source("1"), wait=5)
            assert round(sum(clock.slept)) == 5
            clock.before_sleep = holder.let_go
            assert run(notebook.source("1"), wait=5).applied == ("1",)

    def test_lost_between_two_stops_before_the_second(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """The first is recorded as it was, and the second not begun."""

        def do(ctx: Context) -> None:
            ctx.logger.debug("the last change of state passes, and then the lock is lost")

        finish = target.finish_migration

        def finish_and_lose(migration_id: str) -> None:
            finish(migration_id)
            target.break_lock()

        target.finish_migration = finish_and_lose  # type: ignore[method-assign]
        with pytest.raises(
            LockLost, match=r"^The run stopped: its lock is no longer its own\. It was freed while it was held"
        ):
            run(notebook.source(notebook.migration("1", do=do), "2"))
        assert (notebook.calls, target.done()) == (["do 1"], ("1",))
        assert [(one.result, one.applied, one.failed) for one in target.runs()] == [("failed", ("1",), None)]

    def test_lost_during_one_leaves_it_dirty(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It did its work, but who knows what the next holder did: the history says which one it was."""
        migration = notebook.migration("1", do=lambda ctx: target.break_lock())
        with pytest.raises(LockLost) as caught:
            run(notebook.source(migration, "2"))
        assert str(caught.value) == (
            "1_change_things did its work, but the lock was lost, so that was not recorded: it is dirty now. "
            "It was freed while it was held: by an unlock command, by the responder or by hand; nobody has it now. "
            "It was last renewed at 2026-11-23T09:00:00.000Z. Find out who freed it, and run again."
        )
        assert caught.value.cause is LossCause.FREED
        assert isinstance(caught.value.__cause__, LockLost)
        assert (notebook.calls, target.records()[0].dirty) == (["do 1"], True)
        (record,) = target.runs()
        assert (record.result, record.failed, record.applied) == ("failed", "1", ())

    def test_given_back_is_not_lost_to_what_a_migration_left_behind(
        self, run: RunIt, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is stopped, and told that the run is over; the log has no lock that was lost."""
        left: list[Context] = []
        run(notebook.source(notebook.migration("1", do=left.append)))
        for go_on in (left[0].require_lock, left[0].stop_reason):
            with pytest.raises(
                LockLost, match=r"over, and (its|the) lock is given back\. Have the migration wait for"
            ) as caught:
                go_on()
            assert caught.value.cause is None
        assert "lock.lost" not in {vars(record).get("event") for record in caplog.records}

    def test_lost_by_one_that_fails_tells_of_the_failure(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, caplog: pytest.LogCaptureFixture
    ) -> None:
        """That it could not be kept is logged beside it."""

        def do(ctx: Context) -> None:
            target.break_lock()
            raise ValueError("no")

        with pytest.raises(MigrationFailed, match=r"^1_change_things failed: ValueError: no "):
            run(notebook.source(notebook.migration("1", do=do)))
        assert target.records()[0].failure is None
        assert "failure.not_recorded" in [vars(record)["event"] for record in caplog.records]

    @pytest.mark.parametrize("wait", [-1, float("nan")])
    def test_is_not_waited_for_backwards(self, run: RunIt, notebook: RecordingMigrations, wait: float) -> None:
        """A time that can't be is refused before anything."""
        with pytest.raises(InvalidSetting, match=rf"^wait={wait!r} is not possible\. Give seconds: 0 or more\."):
            run(notebook.source("1"), wait=wait)


class TestTheTables:
    """Created where they are missing."""

    def test_are_created_on_first_use(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """By the run itself."""
        target.destroy()
        assert run(notebook.source("1")).applied == ("1",)
        assert target.done() == ("1",)

    def test_are_left_alone_otherwise(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Most functions may not even ask for them."""
        monkeypatch.setattr(target, "create", raising(AssertionError("created what is there")))
        assert run(notebook.source("1")).applied == ("1",)

    def test_may_miss_only_the_one_that_is_read(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The lock's may be there without the other."""
        created: list[bool] = []
        records = target.records

        def missing() -> Any:
            if not created:
                raise StateMissing("The table is not there.")
            return records()

        monkeypatch.setattr(target, "records", missing)
        monkeypatch.setattr(target, "create", lambda: created.append(True))
        assert run(notebook.source("1")).applied == ("1",)
        assert created == [True]

    def test_are_asked_for_once(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If they are still missing after that, the error comes out."""
        target.destroy()
        monkeypatch.setattr(target, "create", lambda: None)
        with pytest.raises(StateMissing):
            run(notebook.source("1"))
