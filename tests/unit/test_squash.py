"""Migrations that stand for older ones."""

from pathlib import Path

import pytest

from dynamigrate import (
    DirtyMigration,
    InvalidMigration,
    InvalidSetting,
    MemorySource,
    MemoryTarget,
    Migration,
    MigrationNotUndoable,
    MigrationsError,
    RewindPlanner,
    StaleMigration,
    UndoPlanner,
    migrate,
)
from dynamigrate.contract.manifest import Manifest, read_folder
from dynamigrate.squash import PartlyReplaced


def _source(told: list[str]) -> MemorySource:
    """A migration 3 that stands for 1 and 2, and a later one."""
    source = MemorySource()
    for migration_id, replaces in (("3", ("1", "2")), ("4", ())):
        source.add(
            Migration(
                migration_id,
                "step",
                do=lambda ctx: told.append(f"do {ctx.migration.id}"),
                undo=lambda ctx: told.append(f"undo {ctx.migration.id}"),
                replaces=replaces,
            )
        )
    return source


def _applied(*ids: str) -> MemoryTarget:
    target = MemoryTarget()
    for one in ids:
        target.add(one)
        target.finish_migration(one)
    return target


class TestWhereAllOfItsPartsAreApplied:
    """A table that has the whole history."""

    def test_it_does_not_run_and_the_history_does_not_say_that_it_did(self) -> None:
        """Its work is done already, by others."""
        told: list[str] = []
        target = _applied("1", "02")
        outcome = migrate(_source(told), target)
        assert told == ["do 4"]
        assert (outcome.applied, outcome.pending) == (("4",), ())
        assert target.done() == ("1", "02", "4")

    def test_parts_without_a_file_are_not_missing(self) -> None:
        """That is what it is for: their files can go."""
        migrate(_source([]), _applied("1", "2", "4"))

    def test_what_comes_after_it_can_be_undone(self) -> None:
        """As if nothing had been squashed."""
        told: list[str] = []
        target = _applied("1", "2", "4")
        migrate(_source(told), target, planner=UndoPlanner())
        assert told == ["undo 4"]
        assert target.done() == ("1", "2")

    def test_the_parts_themselves_can_not(self) -> None:
        """Their code is gone, and its own undo is not theirs."""
        with pytest.raises(MigrationNotUndoable, match=r"^2 can't be undone: its code is not in the source"):
            migrate(_source([]), _applied("1", "2"), planner=RewindPlanner())


class TestWhereNoneOfItsPartsIsApplied:
    """A new environment."""

    def test_it_runs_and_is_recorded(self) -> None:
        """Once, in the place of them all."""
        told: list[str] = []
        target = MemoryTarget()
        assert migrate(_source(told), target).applied == ("3", "4")
        assert migrate(_source(told), target).applied == ()
        assert told == ["do 3", "do 4"]

    def test_it_can_be_undone(self) -> None:
        """It ran, so it goes back as any other."""
        told: list[str] = []
        target = _applied("3")
        migrate(_source(told), target, planner=UndoPlanner())
        assert told == ["undo 3"]


class TestWhereSomeOfItsPartsAreApplied:
    """A table that fell behind."""

    def test_nothing_runs(self) -> None:
        """To run it would do some of it twice, to pass over it would leave some of it out."""
        told: list[str] = []
        with pytest.raises(MigrationsError) as caught:
            migrate(_source(told), _applied("1"))
        assert str(caught.value) == (
            "3_step replaces 1, 2, of which 2 is not applied and the others are. "
            "Deploy the code that still has the older ones first, and then this. Nothing was run."
        )
        assert told == []

    def test_it_is_stale_where_newer_ones_are_applied(self) -> None:
        """Like any pending one."""
        with pytest.raises(StaleMigration):
            migrate(_source([]), _applied("4"))


class TestUnderTheIdOfTheNewestThatItReplaces:
    """A 2 that stands for 1 and 2, or a 3 for 1, 2 and 3: the history knows the id, wherever the older one was applied."""

    @staticmethod
    def _source(told: list[str], *replaces: str) -> MemorySource:
        source = MemorySource()
        source.add(
            Migration(
                replaces[-1],
                "both",
                do=lambda ctx: told.append("do"),
                undo=lambda ctx: told.append("undo"),
                replaces=replaces,
            )
        )
        return source

    def test_it_runs_where_none_is_applied_and_not_where_all_are(self) -> None:
        """As under an id of its own."""
        told: list[str] = []
        source = self._source(told, "1", "2")
        assert migrate(source, _applied("1", "2")).applied == ()
        assert migrate(source, MemoryTarget()).applied == ("2",)
        assert told == ["do"]

    def test_it_is_not_passed_over_where_the_newest_is_not_applied(self) -> None:
        """The work of that one would be left out for good, and nobody be told."""
        told: list[str] = []
        target = _applied("1")
        with pytest.raises(PartlyReplaced) as caught:
            migrate(self._source(told, "1", "2"), target)
        assert str(caught.value) == (
            "2_both replaces 1, 2, of which 2 is not applied and the others are. "
            "Deploy the code that still has the older ones first, and then this. Nothing was run."
        )
        assert told == []
        assert target.done() == ("1",)

    def test_nor_where_one_between_is_not(self) -> None:
        """What is recorded under its id is the older one, since others that it replaces are there too."""
        with pytest.raises(PartlyReplaced, match=r"of which 2 is not applied and the others are\."):
            migrate(self._source([], "1", "2", "3"), _applied("1", "3"))

    def test_where_it_ran_itself_it_can_be_undone(self) -> None:
        """None of the others is in the history then."""
        told: list[str] = []
        target = MemoryTarget()
        migrate(self._source(told, "1", "2"), target)
        assert migrate(self._source(told, "1", "2"), target, planner=UndoPlanner()).undone == ("2",)
        assert told == ["do", "undo"]

    def test_the_older_one_under_its_id_can_not(self) -> None:
        """Its undo would take back what 1 did too, which would stay in the history as applied."""
        told: list[str] = []
        target = _applied("1", "2")
        with pytest.raises(MigrationNotUndoable, match=r"^2 can't be undone: its code is not in the source"):
            migrate(self._source(told, "1", "2"), target, planner=UndoPlanner())
        assert told == []
        assert target.done() == ("1", "2")

    def test_it_does_not_go_on_from_the_checkpoint_of_the_older_one(self) -> None:
        """How far that one got says nothing about this one."""
        told: list[str] = []
        target = _applied("1")
        target.add("2")
        target.save_checkpoint("2", 7)
        with pytest.raises(DirtyMigration, match="the code that has it goes on from there: deploy that code again"):
            migrate(self._source(told, "1", "2"), target)
        assert told == []

    def test_it_goes_on_from_its_own_checkpoint(self) -> None:
        """In a new environment it began itself."""
        told: list[str] = []
        target = MemoryTarget()
        target.add("2")
        target.save_checkpoint("2", 7)
        assert migrate(self._source(told, "1", "2"), target).applied == ("2",)


def test_what_is_replaced_may_not_be_there_too() -> None:
    """It would run, and then what replaces it."""
    source = _source([])
    source.add(Migration("2", "older", do=lambda ctx: None))
    with pytest.raises(
        InvalidMigration, match=r"^2_older is still there, and 3_step replaces it\. Delete the older file"
    ):
        migrate(source, MemoryTarget())


def test_a_newer_one_can_not_be_replaced() -> None:
    """It was written knowing what it follows."""
    with pytest.raises(InvalidSetting, match=r"^3_step: it can't replace 4, which is newer\."):
        Migration("3", "step", do=lambda ctx: None, replaces=("2", "4"))


class TestInAFolder:
    """As the file says it."""

    def test_it_is_read_and_goes_through_the_manifest(self, tmp_path: Path) -> None:
        """Without running the file."""
        (tmp_path / "3_step.py").write_text('replaces = ["1", "2"]\ndef do(ctx): pass\n')
        manifest = read_folder(tmp_path)
        assert manifest.migrations[0].replaces == ("1", "2")
        assert Manifest.from_json(manifest.to_json()) == manifest

    @pytest.mark.parametrize("value", ["[1, 2]", '"12"', "[]", "OTHERS", '["1", "b"]'])
    def test_anything_but_ids_written_out_is_refused(self, tmp_path: Path, value: str) -> None:
        """What a name stands for is only known when the file runs."""
        (tmp_path / "3_step.py").write_text(f"replaces = {value}\ndef do(ctx): pass\n")
        with pytest.raises(InvalidMigration, match=r"3_step\.py:1: replaces must be a list of ids, written out\."):
            read_folder(tmp_path)

    def test_a_file_beside_the_one_that_replaces_it_is_refused(self, tmp_path: Path) -> None:
        """At synth already."""
        (tmp_path / "1_first.py").write_text("def do(ctx): pass\n")
        (tmp_path / "3_step.py").write_text('replaces = ["1"]\ndef do(ctx): pass\n')
        with pytest.raises(InvalidMigration, match=r"^1_first\.py in .* is still there, and 3_step\.py replaces it\."):
            read_folder(tmp_path)

    def test_a_newer_one_is_refused(self, tmp_path: Path) -> None:
        """At synth already."""
        (tmp_path / "3_step.py").write_text('replaces = ["4"]\ndef do(ctx): pass\n')
        with pytest.raises(InvalidMigration, match=r"3_step\.py can't replace 4, which is newer\."):
            read_folder(tmp_path)
