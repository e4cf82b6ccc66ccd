"""What every target promises of runs: their history, however long, and the trace that one leaves."""

from dataclasses import replace
from typing import Any

import pytest

from dynamigrate import (
    Context,
    DirtyMigration,
    LockHeld,
    LockLost,
    MigrationAlreadyExists,
    MigrationFailed,
    RewindPlanner,
    migrate,
)
from dynamigrate.records import Details, Run, RunRecord
from dynamigrate.restore_point import RestorePoint
from dynamigrate.runtime import Runtime
from tests.contracts.conftest import TargetScene
from tests.unit.fakes import RecordingMigrations, applied, held_elsewhere, raising


class TestALongHistory:
    """More than one page of what a table gives at once."""

    def test_is_read_whole(self, scene: TargetScene) -> None:
        """More than 1 MB of it, from a handle that has just been made."""
        details = Details(description="x" * 30_000)
        ids = [str(number) for number in range(1, 41)]
        for one in ids:
            scene.target.add(one, details)
            scene.target.finish_migration(one)
        fresh = scene.another()
        assert fresh.done() == tuple(ids)
        assert fresh.current() == "40"
        with pytest.raises(MigrationAlreadyExists):
            fresh.add("040")

    def test_shows_the_dirty_one_wherever_it_is(self, scene: TargetScene) -> None:
        """On whatever page the only dirty one comes."""
        details = Details(description="x" * 30_000)
        for number in range(1, 41):
            scene.target.add(str(number), details)
            if number != 37:
                scene.target.finish_migration(str(number))
        with pytest.raises(DirtyMigration, match=r"^37_x+ began"):
            scene.another().done()


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
            restore_point=RestorePoint(at="2026-11-23T09:00:00Z", tables={"ä": "on"}, region="eu-west-1"),
        )
        bare = RunRecord(run=Run(id="r"), started_at="2026-11-23T09:00:00.000Z", seconds=0.0, result="succeeded")
        target.record_run(bare)
        target.record_run(full)
        assert target.runs() == (full, bare)

    def test_recorded_again_are_one(self, target: Any) -> None:
        """As when the answer got lost and the request is sent once more."""
        run = replace(_run_record(1), applied=("9", "10"), note="ä")
        target.record_run(run)
        target.record_run(run)
        assert target.runs() == (run,)

    def test_under_one_id_are_all_kept(self, target: Any) -> None:
        """Whoever gives ids of his own may give one twice; what an earlier run did is not forgotten for it."""
        runs = [
            replace(_run_record(number), run=Run(id="nightly", command=command))
            for number, command in enumerate(["migrate", "undo", "migrate"])
        ]
        for run in (*runs, runs[0]):
            target.record_run(run)
        assert target.runs() == tuple(reversed(runs))

    @pytest.mark.parametrize("first", ["succeeded", "failed", "unfinished"])
    def test_have_one_end_each(self, scene: TargetScene, first: str) -> None:
        """A process that wakes late, and tells another end of a run than the one that is kept, tells it in vain."""
        ended = replace(_run_record(1), result=first, applied=("9",), note="as it was")
        scene.target.record_run(ended)
        late = replace(ended, result="failed", seconds=20.003, applied=(), failed="10", note="LockLost: it was frozen.")
        scene.another().record_run(late)
        assert scene.target.runs() == (ended,)

    @pytest.mark.parametrize("first", ["failed", "unfinished"])
    def test_that_succeeded_have_not_failed(self, scene: TargetScene, first: str) -> None:
        """Whoever had lost one was wrong about its end, even where it told that before the other came to it."""
        early = replace(_run_record(1), result=first, note="LockLost: it was frozen.")
        scene.target.record_run(early)
        scene.target.record_run(_run_record(2))
        ended = replace(early, result="succeeded", seconds=3.5, applied=("9", "10"), note="")
        scene.another().record_run(ended)
        scene.target.record_run(early)
        assert scene.target.runs() == (_run_record(2), ended)

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


class TestAWholeRun:
    """`migrate` leaves the same trace in every target."""

    def test_there_and_back(self, scene: TargetScene) -> None:
        """All done, nothing to do, all undone: and two runs in the history, since the one between changed nothing."""
        notebook = RecordingMigrations()
        source = notebook.source("9", "10")
        assert migrate(source, scene.target, runtime=Runtime(clock=scene.clock)).applied == ("9", "10")
        assert not migrate(source, scene.target, runtime=Runtime(clock=scene.clock)).changed
        assert scene.another().done() == ("9", "10")
        scene.clock.turn(1)
        assert migrate(source, scene.target, planner=RewindPlanner(), runtime=Runtime(clock=scene.clock)).undone == (
            "10",
            "9",
        )
        assert notebook.calls == ["do 9", "do 10", "undo 10", "undo 9"]
        assert scene.another().records() == ()
        assert [(run.applied, run.undone) for run in scene.another().runs()] == [((), ("10", "9")), (("9", "10"), ())]

    def test_into_tables_that_are_not_there(self, scene: TargetScene) -> None:
        """They are created first."""
        scene.target.destroy()
        assert migrate(RecordingMigrations().source("1"), scene.target, runtime=Runtime(clock=scene.clock)).applied == (
            "1",
        )
        assert scene.another().done() == ("1",)

    def test_that_fails_and_goes_on_from_its_checkpoint(self, scene: TargetScene) -> None:
        """By another process, from what was saved."""
        seen: list[object] = []

        def do(ctx: Context) -> None:
            seen.append(ctx.checkpoint.load())
            if ctx.checkpoint.load() is None:
                ctx.checkpoint.save({"after": 7})
                raise KeyError("status")

        source = RecordingMigrations().source(RecordingMigrations().migration("1", do=do))
        with pytest.raises(
            MigrationFailed, match=r"^1_change_things failed: KeyError: 'status' \(test_target_runs\.py:\d+\)\."
        ):
            migrate(source, scene.target, runtime=Runtime(clock=scene.clock))
        assert migrate(source, scene.another(), runtime=Runtime(clock=scene.clock)).applied == ("1",)
        assert seen == [None, {"after": 7}]

    def test_that_loses_its_lock(self, scene: TargetScene) -> None:
        """What it did then is not recorded as done: the next one sees it dirty."""

        def do(ctx: Context) -> None:
            scene.free_by_force()

        notebook = RecordingMigrations()
        source = notebook.source(notebook.migration("1", do=do), "2")
        with pytest.raises(LockLost, match=r"^1_change_things did its work, but the lock was lost"):
            migrate(source, scene.target, runtime=Runtime(clock=scene.clock))
        assert notebook.calls == ["do 1"]
        with pytest.raises(DirtyMigration, match=r"^1_change_things began"):
            scene.another().done()

    def test_while_another_one_runs(self, scene: TargetScene) -> None:
        """Leaves nothing: no run, no record."""
        notebook = RecordingMigrations()
        with held_elsewhere(scene.another()), pytest.raises(LockHeld):
            migrate(notebook.source("1"), scene.target, runtime=Runtime(clock=scene.clock))
        assert (scene.target.records(), scene.target.runs(), notebook.calls) == ((), (), [])

    def test_whose_code_raises_what_ends_a_program(self, scene: TargetScene) -> None:
        """Even then the record says why, and the lock is free."""
        source = RecordingMigrations().source(RecordingMigrations().migration("1", do=raising(KeyboardInterrupt())))
        with pytest.raises(KeyboardInterrupt):
            migrate(source, scene.target, runtime=Runtime(clock=scene.clock))
        (record,) = scene.another().records()
        assert record.failure is not None
        assert record.failure.type == "KeyboardInterrupt"
        with held_elsewhere(scene.another()):
            pass


def _run_record(number: int) -> RunRecord:
    return RunRecord(
        run=Run(id=f"run-{number}"), started_at=f"2026-11-23T09:00:{number:02}.000Z", seconds=0.5, result="succeeded"
    )
