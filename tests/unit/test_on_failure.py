"""`on_failure="undo"`: what a failed run takes back."""

import re
from typing import Any

import pytest

from dynamigrate import (
    InvalidSetting,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationFailed,
    MigrationsError,
    Target,
    migrate,
)
from dynamigrate.plan import Direction
from tests.unit.fakes import RecordingReporter, migrate_in, raising


class Story:
    """Migrations that note what they do; each may fail in one direction or have no undo."""

    def __init__(self, **kinds: str) -> None:
        self.told: list[str] = []
        self.source = MemorySource()
        for number, (name, kind) in enumerate(kinds.items(), start=1):
            self.source.add(
                Migration(
                    str(number),
                    name,
                    do=self._function("do", name, fails=kind.startswith("fails")),
                    undo=None if kind.endswith("stays") else self._function("undo", name, fails=kind == "stuck"),
                )
            )

    def run(self, target: Target, **options: Any) -> MigrationFailed:
        with pytest.raises(MigrationFailed) as caught:
            migrate_in(self.source, target, on_failure="undo", **options)
        return caught.value

    def _function(self, direction: str, name: str, *, fails: bool) -> Any:
        def act(ctx: Any) -> None:
            self.told.append(f"{direction} {name}")
            if fails:
                raise RuntimeError(f"no {direction} of {name}")

        return act


def test_its_own_undo_runs_first_and_then_the_older_ones_of_the_run() -> None:
    """What the run had done stands on what came before it, so it goes newest first."""
    story, target = Story(a="", b="", c="fails"), MemoryTarget()
    failed = story.run(target)
    assert story.told == ["do a", "do b", "do c", "undo c", "undo b", "undo a"]
    assert target.records() == ()
    assert failed.outcome.applied == ("1", "2")
    assert failed.outcome.undone == ("3", "2", "1")
    assert failed.outcome.failed == "3"
    assert failed.outcome.pending == ("1", "2", "3")
    assert re.fullmatch(
        r"3_c failed: RuntimeError: no do of c \(test_on_failure\.py:\d+\)\. Undone: 3_c, 2_b, 1_a\. "
        r"Correct the code, and run it again\.",
        str(failed),
    )


def test_an_error_that_says_what_to_do_is_not_blamed_on_the_code() -> None:
    """Its own next step comes first here too."""
    source = MemorySource()
    error = MigrationsError("The queue is full.", next_step="Empty it.")
    source.add(Migration("1", "send", do=raising(error), undo=lambda ctx: None))
    with pytest.raises(MigrationFailed) as caught:
        migrate(source, MemoryTarget(), on_failure="undo")
    assert caught.value.next_step == "Empty it. Then run it again."


def test_what_earlier_runs_applied_stays() -> None:
    """Only this run is taken back."""
    story, target = Story(a="", b="fails"), MemoryTarget()
    target.add("1")
    target.finish_migration("1")
    story.run(target)
    assert story.told == ["do b", "undo b"]
    assert target.done() == ("1",)


def test_without_an_undo_of_its_own_nothing_older_is_undone() -> None:
    """Half of its work stands, and what that is built on must stand too."""
    story, target = Story(a="", b="fails, stays"), MemoryTarget()
    failed = story.run(target)
    assert story.told == ["do a", "do b"]
    assert [(record.id, record.dirty) for record in target.records()] == [("1", False), ("2", True)]
    assert "Not undone: 2_b, 1_a, because 2_b can't be undone: it has no undo." in str(failed)
    assert '"action": "repair", "migration": "2", "as": "pending"' in failed.next_step


def test_an_undo_that_is_missing_stops_there() -> None:
    """What is older than one that stays, stays too."""
    story, target = Story(a="", b="stays", c="fails"), MemoryTarget()
    failed = story.run(target)
    assert story.told == ["do a", "do b", "do c", "undo c"]
    assert target.done() == ("1", "2")
    assert "Undone: 3_c. Not undone: 2_b, 1_a, because 2_b can't be undone: it has no undo." in str(failed)


def test_an_undo_that_fails_stops_there() -> None:
    """It is dirty in that direction, and its error is told beside the first."""
    story, target = Story(a="", b="stuck", c="fails"), MemoryTarget()
    failed = story.run(target)
    assert story.told == ["do a", "do b", "do c", "undo c", "undo b"]
    broken = next(record for record in target.records() if record.id == "2")
    assert (broken.dirty, broken.action) == (True, Direction.UNDO)
    assert "Undone: 3_c. Not undone: 2_b, 1_a, because 2_b could not be undone: RuntimeError: no undo of b" in str(
        failed
    )
    assert failed.outcome.failed == "3"


def test_a_checkpoint_of_the_do_is_not_where_its_undo_begins() -> None:
    """It says how far the do came, which means nothing to the undo."""
    target, found = MemoryTarget(), []

    def do(ctx: Any) -> None:
        ctx.checkpoint.save({"after": 7})
        ctx.checkpoint.save_segments({0: "half-way"})
        raise RuntimeError("half-way")

    def undo(ctx: Any) -> None:
        found.extend([ctx.checkpoint.load(), ctx.checkpoint.segments()])

    source = MemorySource()
    source.add(Migration("1", "a", do=do, undo=undo))
    with pytest.raises(MigrationFailed):
        migrate(source, target, on_failure="undo")
    assert found == [None, {}]


def test_with_no_time_left_it_stops_and_says_so() -> None:
    """A function that is about to end begins nothing more, to undo either."""
    left = iter([100.0, 100.0, 1.0])
    story, target = Story(a="", b="fails"), MemoryTarget()
    failed = story.run(target, remaining=lambda: next(left), reserve=10)
    assert story.told == ["do a", "do b"]
    assert "Not undone: 2_b, 1_a, because The run stopped before 2_b: 1 seconds were left" in str(failed)


def test_every_undo_is_reported() -> None:
    """Whoever reads the log sees what was taken back."""
    tape = RecordingReporter()
    Story(a="", b="fails").run(MemoryTarget(), reporter=tape)
    assert [name for name in tape.names if "Action" in name] == [
        f"{event} {action}"
        for action in ("do 1_a", "do 2_b", "undo 2_b", "undo 1_a")
        for event in ("BeforeAction", "AfterAction")
    ]


def test_another_word_for_it_is_refused() -> None:
    """Before anything runs."""
    story, target = Story(a=""), MemoryTarget()
    with pytest.raises(InvalidSetting, match=r"^on_failure='rollback' is unknown\. Use one of \('stop', 'undo'\)\.$"):
        migrate(story.source, target, on_failure="rollback")  # type: ignore[arg-type]
    assert story.told == []
