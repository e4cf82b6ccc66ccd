"""Migrations that require others."""

from pathlib import Path
from typing import Any

import pytest

from dynamigrate import (
    Action,
    Direction,
    FolderSource,
    InvalidMigration,
    MemorySource,
    MemoryTarget,
    Migration,
    Plan,
)
from dynamigrate.contract.manifest import Manifest, read_folder
from dynamigrate.errors import InvalidSetting
from dynamigrate.records import Details, Run
from dynamigrate.requirements import RequirementNotMet
from tests.unit.fakes import RecordingMigrations, RunIt, applied, refuse
from tests.unit.migration_files import DO, write
from tests.unit.test_detached import Processes

SAVES = "def do(ctx):\n    ctx.checkpoint.save(1)\n"


def _requiring(notebook: RecordingMigrations, migration_id: str, *requires: str, **about: Any) -> Migration:
    one = notebook.migration(migration_id)
    return Migration(migration_id, "change things", one.do, one.undo, requires=requires, **about)


class TestWhatAFileSays:
    def test_is_in_the_manifest(self, tmp_path: Path) -> None:
        """And in what a source loads from it."""
        write(tmp_path, m1_one=f"detached = True\n{SAVES}", m2_two=f'requires = ["1"]\n{DO}', m3_three="")
        manifest = read_folder(tmp_path)
        assert [(one.detached, one.requires) for one in manifest.migrations] == [
            (True, ()),
            (False, ("1",)),
            (False, ()),
        ]
        assert Manifest.from_json(manifest.to_json()) == manifest
        loaded = FolderSource(tmp_path).load()
        assert [(one.detached, one.requires) for one in loaded] == [(True, ()), (False, ("1",)), (False, ())]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                'requires = "1"',
                (
                    "{}:1: requires must be a list of ids, written out. "
                    'Write it as requires = ["20261102090000", "20261109143000"].'
                ),
            ),
            ("requires = []", "{}:1: requires must be a list of ids, written out."),
            ("requires = [1]", "{}:1: requires must be a list of ids, written out."),
            ("requires = list('1')", "{}:1: requires must be a list of ids, written out."),
            (
                'requires = ["5"]',
                "{} requires itself. Take its own id out of requires.",
            ),
            ('requires = ["1", "01"]', "{} requires 01 twice. Take one of them out of requires."),
            (
                'requires = ["7"]',
                (
                    "{} requires 7, which is later: it would run before what it requires. "
                    "Give it an id above all that it requires, by renaming its file."
                ),
            ),
            (
                'requires = ["1", "4"]',
                "{} requires 4, and there is no such migration. Correct the id in requires, or bring the file back.",
            ),
            (
                'requires = ["8"]',
                "{} requires what requires it, in a circle: ",
            ),
            (
                "detached = 1",
                (
                    "{}:1: detached must be True or False, written out. "
                    "Write it as detached = True, or remove it to have the deploy wait for this one."
                ),
            ),
            (
                "detached = True",
                (
                    "{} says detached = True, and keeps no checkpoints: its do is no Backfill, and never calls "
                    "ctx.checkpoint.save, so it could not go on after the first fifteen minutes. "
                    "Make it a Backfill, have it save checkpoints, or remove detached."
                ),
            ),
            (
                'phase = "later"',
                (
                    "{}:1: phase must be one of 'before', 'after', written out. "
                    "Correct the assignment, or remove it to have 'before'."
                ),
            ),
            (
                "restore_point = None",
                (
                    "{}:1: restore_point must be one of 'required', 'note', 'none', written out. "
                    "Correct the assignment, or remove it to have the setting of the whole folder."
                ),
            ),
            (
                'requires = ["1"]\nsoak = -7',
                '{}:2: soak must be a duration above 0, written out: it is no text in quotes. Write it as soak = "7d"',
            ),
            (
                'soak = "7d"',
                (
                    "{}:1: soak says for how long what it requires must have been so, and it requires nothing. "
                    'Say what it waits for, as in requires = ["20261102090000"], or take soak out.'
                ),
            ),
        ],
    )
    def test_is_refused_where_it_can_not_be(self, tmp_path: Path, text: str, message: str) -> None:
        """When the folder is read, as it is at synth: with the file, what is wrong, and what to do."""
        write(tmp_path, m1_one="", m5_five=f"{text}\n{DO}", m7_seven="", m8_eight=f'requires = ["5"]\n{DO}')
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        assert str(caught.value).startswith(message.format(tmp_path / "5_five.py"))

    def test_of_what_runs_after_the_application_is_refused_where_it_would_keep_that_away(self, tmp_path: Path) -> None:
        """In a new environment each would wait for the other; one that may be held lets the application through."""
        write(tmp_path, m1_one=f'phase = "after"\n{DO}', m5_five=f'requires = ["1"]\n{DO}')
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path / '5_five.py'} requires 1, which runs after the application is deployed, and itself it runs before: "
            "in a new environment neither would ever run. "
            'Say if_not_ready = "hold" in it, and the next deploy runs it; or phase = "after".'
        )
        for way_out in ('if_not_ready = "hold"', 'phase = "after"'):
            write(tmp_path, m5_five=f'{way_out}\nrequires = ["1"]\n{DO}')
            assert len(read_folder(tmp_path).migrations) == 2

    def test_names_all_of_a_circle(self, tmp_path: Path) -> None:
        write(tmp_path, m5_five=f'requires = ["8"]\n{DO}', m8_eight=f'requires = ["5"]\n{DO}')
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        five, eight = tmp_path / "5_five.py", tmp_path / "8_eight.py"
        assert caught.value.message == f"{five} requires what requires it, in a circle: {five} -> {eight} -> {five}."

    @pytest.mark.parametrize(
        "text",
        [
            SAVES,
            "from dynamigrate import Backfill\ndo = Backfill(table='things', transform=lambda item, ctx: None)\n",
            "from dynamigrate import Backfill\nfill = Backfill(table='t', transform=print)\ndef do(ctx): fill(ctx)\n",
            "from ._fill import do\n",
            "from ._fill import fill\ndef do(context):\n    fill(context)\n",
            "from . import _fill\ndef do(ctx):\n    _fill.go(ctx, 7)\n",
            "def do(ctx):\n    kept = ctx.checkpoint\n    kept.save(7)\n",
            "def work(c):\n    c.checkpoint.save_segments({1: 2})\ndef do(ctx):\n    work(ctx)\n",
        ],
    )
    def test_detached_is_for_what_may_keep_checkpoints(self, tmp_path: Path, text: str) -> None:
        """As far as can be seen: what is handed on to a helper may."""
        write(tmp_path, m1_one=f"detached = True\n{text}")
        [one] = read_folder(tmp_path).migrations
        assert one.detached

    @pytest.mark.parametrize(
        "text",
        [
            "import time\ndef do(ctx):\n    time.sleep(3)\n",
            "def work(ctx):\n    pass\ndef do(ctx):\n    work(ctx)\n",
            "def do(ctx):\n    ctx.checkpoint.load()\n",
            "do = lambda ctx: None\n",
        ],
    )
    def test_it_is_not_for_what_keeps_none(self, tmp_path: Path, text: str) -> None:
        write(tmp_path, m1_one=f"detached = True\n{text}")
        with pytest.raises(InvalidMigration, match="keeps no checkpoints"):
            read_folder(tmp_path)

    def test_an_older_one_may_be_replaced(self, tmp_path: Path) -> None:
        """Whoever requires one of its parts requires it."""
        write(tmp_path, m2_both=f'replaces = ["1", "2"]\n{DO}', m3_three=f'requires = ["1"]\n{DO}')
        assert len(read_folder(tmp_path).migrations) == 2


class TestOfAProgram:
    @pytest.mark.parametrize(
        ("requires", "message"),
        [
            (("5",), "5_change requires itself. Take its own id out of requires."),
            (("1", "1"), "5_change requires 1 twice. Take one of them out of requires."),
            (
                "12",  # each digit would be an id
                (
                    "5_change: requires='12' is a text, and should be a tuple of ids. "
                    'Write it as requires=("20261102090000",).'
                ),
            ),
        ],
    )
    def test_is_refused_when_it_is_made(self, requires: Any, message: str) -> None:
        with pytest.raises(InvalidSetting) as caught:
            Migration("5", "change", refuse, requires=requires)
        assert str(caught.value) == message

    def test_an_unknown_one_is_refused_when_it_is_loaded(self) -> None:
        """It may still be added until then."""
        source = MemorySource()
        source.add(Migration("5", "change", refuse, requires=("1",)))
        with pytest.raises(InvalidMigration, match=r"^5_change requires 1, and there is no such migration\."):
            source.load()
        source.add(Migration("1", "change", refuse))
        assert len(source.load()) == 2


class TestARun:
    def test_does_what_is_required_first(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """In the order of the ids, as ever."""
        assert run(notebook.source("1", _requiring(notebook, "2", "1"))).applied == ("1", "2")

    def test_does_what_requires_an_applied_one(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        applied(target, "01")
        assert run(notebook.source("1", _requiring(notebook, "2", "1"))).applied == ("2",)

    def test_does_what_requires_one_that_was_replaced(self, run: RunIt, notebook: RecordingMigrations) -> None:
        """By one that stands for it."""
        both = notebook.migration("2", replaces=("1", "2"))
        assert run(notebook.source(both, _requiring(notebook, "3", "1"))).applied == ("2", "3")

    def test_ends_before_what_requires_one_that_is_running(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """What came before is applied; the error says how far the required one is, and when to deploy again."""
        elsewhere = Processes()
        detached = Migration("1", "fill in", refuse, detached=True)
        source = notebook.source(detached)
        run(source, launcher=elsewhere)
        view = target.detached("1")
        source.add(notebook.migration("2"))
        source.add(_requiring(notebook, "3", "2", "1"))
        source.add(notebook.migration("4"))
        with view.take_up(elsewhere.started[0][1]):
            view.resume_migration("1", Details(run_id=elsewhere.started[0][1]))
            view.save_progress("1", 1_500_000, 6_000_000, {"per_second": 1250.4, "seconds_left": 3600})
            with pytest.raises(RequirementNotMet) as caught:
                run(source, launcher=elsewhere, run=Run(id="run-2", actor="deploy of shop"))
            assert (notebook.calls, target.done()) == (["do 2"], ("2",))
        assert str(caught.value) == (
            "3_change_things requires 1_fill_in, which is running, detached: 1,500,000 of 6,000,000 (25%), "
            "1,250 a second, done in about 60 minutes. Applied in this run: 2; pending: 3, 4. "
            "Deploy 3_change_things once it is done; a deploy without it goes through. "
            '{"action": "status"} shows how far it is.'
        )
        assert (target.runs()[0].result, target.runs()[0].applied) == ("failed", ("2",))

    def test_ends_before_what_requires_one_that_it_has_just_started(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """It goes on, and nothing of the deploy is lost."""
        elsewhere = Processes()
        source = notebook.source(Migration("1", "fill in", refuse, detached=True), _requiring(notebook, "2", "1"), "3")
        with pytest.raises(RequirementNotMet, match=r"requires 1_fill_in, which is running, detached\. Applied"):
            run(source, launcher=elsewhere)
        assert len(elsewhere.started) == 1
        assert target.records()[0].running

    def test_has_what_it_required_in_line_where_nothing_starts_it(
        self, run: RunIt, notebook: RecordingMigrations
    ) -> None:
        one = notebook.migration("1")
        detached = Migration("1", "fill in", one.do, detached=True)
        assert run(notebook.source(detached, _requiring(notebook, "2", "1"))).applied == ("1", "2")

    def test_does_not_do_what_requires_one_that_is_not_applied(
        self, run: RunIt, target: MemoryTarget, notebook: RecordingMigrations
    ) -> None:
        """Where a plan passes over it: an older one that may run later."""
        applied(target, "3")
        older = notebook.migration("1", out_of_order="allow")
        source = notebook.source(older, _requiring(notebook, "4", "1"), "3")

        class OnlyTheLast:
            def plan(self, migrations: Any, _history: Any) -> Plan:
                return Plan((Action(Direction.DO, migrations[-1]),))

        with pytest.raises(
            RequirementNotMet, match=r"^4_change_things requires 1_change_things, which is not applied\."
        ):
            run(source, planner=OnlyTheLast())
        assert notebook.calls == []
