"""What a migration's function sees and says: client, time, checkpoint, progress."""

import math

import pytest

from dynamigrate import (
    Context,
    LockLost,
    MemoryTarget,
    MigrationFailed,
    MigrationsError,
)
from tests.unit.fakes import FakeClock, RecordingMigrations, RunIt


class TestTheContextsPart:
    """`checkpoint` and `progress`, as a migration sees them."""

    def test_a_checkpoint_is_what_was_saved_last(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """In the same run too."""
        seen: list[object] = []

        def work(ctx: Context) -> None:
            for value in (1, {"page": 2}):
                ctx.checkpoint.save(value)
                seen.append(ctx.checkpoint.load())

        run(notebook.source(notebook.migration("1", do=work)))
        assert seen == [1, {"page": 2}]

    def test_none_is_no_checkpoint(self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations) -> None:
        """It would read as never having begun; what was saved before stays."""

        def work(ctx: Context) -> None:
            ctx.checkpoint.save(1)
            with pytest.raises(MigrationsError, match=r"^A checkpoint can't be None\. Save where to go on from\."):
                ctx.checkpoint.save(None)
            raise ValueError("no")

        with pytest.raises(MigrationFailed):
            run(notebook.source(notebook.migration("1", do=work)))
        assert target.records()[0].checkpoint == 1

    def test_progress_is_kept_every_five_seconds(
        self,
        run: RunIt,
        target: MemoryTarget,
        notebook: RecordingMigrations,
        clock: FakeClock,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """The first, the last, and no more often between them, however often it is called."""
        caplog.set_level("INFO")
        kept: list[object] = []

        def work(ctx: Context) -> None:
            for done in range(11):
                ctx.progress(done, 10)
                kept.append(target.records()[0].progress)
                clock.turn(2)

        run(notebook.source(notebook.migration("1", do=work)))
        assert kept == [(0, 10)] * 3 + [(3, 10)] * 3 + [(6, 10)] * 3 + [(9, 10), (10, 10)]
        lines = [record for record in caplog.records if getattr(record, "event", None) == "migration.progress"]
        assert [(vars(line)["done"], vars(line)["total"]) for line in lines] == [
            (0, 10),
            (3, 10),
            (6, 10),
            (9, 10),
            (10, 10),
        ]
        assert {(vars(line)["run_id"], vars(line)["migration"]) for line in lines} == {("run-1", "1")}

    def test_progress_tells_that_the_lock_is_lost(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """So that a loop without checkpoints stops too."""

        def work(ctx: Context) -> None:
            target.break_lock()
            ctx.progress(1, 2)

        with pytest.raises(LockLost):
            run(notebook.source(notebook.migration("1", do=work)))

    def test_time_is_endless_where_nothing_ends_it(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """As on a command line."""
        seen: list[float] = []
        run(notebook.source(notebook.migration("1", do=lambda ctx: seen.append(ctx.remaining()))))
        assert seen == [math.inf]

    def test_there_may_be_no_client(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """Whoever asks for one that is not there is told how to give one."""
        with pytest.raises(MigrationFailed) as caught:
            run(notebook.source(notebook.migration("1", do=lambda ctx: ctx.dynamodb)))
        assert (
            "1_change_things asked for ctx.dynamodb, and this run has no client (test_context.py:"
        ) in caught.value.message
        assert caught.value.next_step.startswith("Give migrate() one: migrate(source, target, dynamodb=client). Check")

    def test_a_memory_target_can_not_fence(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """It says which one can."""
        with pytest.raises(MigrationFailed, match=r"no transactions to fence \(.*\)\. Use a DynamoDBTarget to test"):
            run(notebook.source(notebook.migration("1", do=lambda ctx: ctx.lock_condition())))
