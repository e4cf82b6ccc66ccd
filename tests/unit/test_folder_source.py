"""Migrations that are files: what of them is imported, and when."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import (
    DirtyMigration,
    DoPlanner,
    FolderSource,
    InvalidMigration,
    MemoryTarget,
    MigrationFailed,
    StepPlanner,
    UndoPlanner,
    migrate,
)
from dynamigrate.contract.manifest import MANIFEST_NAME, read_folder
from dynamigrate.runtime import Runtime
from tests.unit.fakes import FakeClock, applied

# Leaves a file beside itself when it is imported, and another when it is done or undone.
NOTING = """
from pathlib import Path
HERE = Path(__file__)
HERE.with_suffix(".imported").touch()

def do(ctx):
    HERE.with_suffix(".done").touch()

def undo(ctx):
    HERE.with_suffix(".undone").touch()
"""

Write = Callable[..., FolderSource]


@pytest.fixture(params=[False, True], ids=["read from files", "with a manifest"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Write:
    """Writes files, named without their ``.py`` and with an ``m`` in front, and gives the source of them."""

    def write_files(**files: str) -> FolderSource:
        for name, code in files.items():
            (tmp_path / f"{name.removeprefix('m')}.py").write_text(code or NOTING, encoding="utf-8")
        if request.param:
            (tmp_path / MANIFEST_NAME).write_text(read_folder(tmp_path).to_json(), encoding="utf-8")
        return FolderSource(tmp_path)

    return write_files


def left(folder: Path, suffix: str) -> list[str]:
    """Which files have left such a note."""
    return sorted(path.stem for path in folder.glob(f"*.{suffix}"))


def modules(folder: Path) -> set[str]:
    """Which files of the folder have become modules, beside the package itself."""
    files = (getattr(module, "__file__", None) for module in sys.modules.values())
    return {Path(file).stem for file in files if file and Path(file).parent == folder} - {"__init__"}


def run(source: FolderSource, target: MemoryTarget, **settings: Any) -> Any:
    """`migrate`, by a clock that stands still."""
    return migrate(source, target, runtime=Runtime(clock=FakeClock()), **settings)


class TestImporting:
    """Only what the plan needs, and all of it before anything runs."""

    def test_does_not_come_with_loading(self, tmp_path: Path, write: Write) -> None:
        """`load` runs nobody's code."""
        assert len(write(m1_one="", m2_two="").load()) == 2
        assert left(tmp_path, "imported") == []

    def test_is_of_what_the_plan_needs_alone(self, tmp_path: Path, write: Write) -> None:
        """Neither what is applied nor what the plan leaves out: a cold start does not grow with the history."""
        source = write(m1_applied_before="", m2_in_the_plan="", m3_for_another_day="")
        target = MemoryTarget()
        applied(target, "1")
        run(source, target, planner=DoPlanner())
        assert left(tmp_path, "imported") == left(tmp_path, "done") == ["2_in_the_plan"]
        assert modules(tmp_path) == {"2_in_the_plan"}

    def test_is_of_nothing_when_there_is_nothing_to_do(self, tmp_path: Path, write: Write) -> None:
        """Most deploys."""
        target = MemoryTarget()
        applied(target, "1", "2")
        run(write(m1_one="", m2_two=""), target)
        assert left(tmp_path, "imported") == []

    def test_is_of_nothing_when_the_plan_is_refused(self, tmp_path: Path, write: Write) -> None:
        """Planning needs no code."""
        target = MemoryTarget()
        target.add("1")
        with pytest.raises(DirtyMigration):
            run(write(m1_one="", m2_two=""), target)
        assert left(tmp_path, "imported") == []

    def test_comes_before_the_first_action(self, tmp_path: Path, write: Write) -> None:
        """A file that can't be imported stops the run while there is nothing to clean up."""
        source = write(m1_one="", m2_two="import nowhere_to_be_found\n" + NOTING)
        target = MemoryTarget()
        with pytest.raises(InvalidMigration) as caught:
            run(source, target)
        assert str(caught.value) == (
            "2_two.py can't be imported: ModuleNotFoundError: No module named 'nowhere_to_be_found' (2_two.py:1). "
            "Correct the file, or pack what it imports, and run again; nothing was done."
        )
        assert isinstance(caught.value.__cause__, ModuleNotFoundError)
        assert (left(tmp_path, "done"), target.records()) == ([], ())

    def test_of_an_option_that_can_not_be_says_which_in_which_line(self, tmp_path: Path, write: Write) -> None:
        """And what it may be, in one sentence."""
        source = write(m1_one="", m2_two="from dynamigrate import Backfill\ndo = Backfill('t', print, max_cost=0)\n")
        with pytest.raises(InvalidMigration) as caught:
            run(source, MemoryTarget())
        assert caught.value.message == (
            "2_two.py can't be imported: InvalidSetting: max_cost=0 is not possible. "
            "Give dollars: a number above 0 (2_two.py:2)."
        )
        assert left(tmp_path, "done") == []

    def test_that_ends_the_program_is_an_import_that_fails(self, tmp_path: Path, write: Write) -> None:
        """A script that was turned into a migration may still say `sys.exit`."""
        source = write(m1_one="", m2_two="import sys\nsys.exit(3)\n" + NOTING)
        with pytest.raises(InvalidMigration, match=r"^2_two\.py can't be imported: SystemExit: 3 \(2_two\.py:2\)\."):
            run(source, MemoryTarget())
        assert left(tmp_path, "done") == []

    @pytest.mark.parametrize(
        ("helper", "told"),
        [
            ("\nraise KeyError('RATE')\n", r"KeyError: 'RATE' \(_helper\.py:2\)"),
            ("import sys\n\nsys.exit('no rates')\n", r"SystemExit: no rates \(_helper\.py:3\)"),
            ("import asyncio\nraise asyncio.CancelledError\n", r"CancelledError \(_helper\.py:2\)"),
            ("raise GeneratorExit\n", r"GeneratorExit \(_helper\.py:1\)"),
            ("raise ExceptionGroup('two', [KeyError('a')])\n", r"ExceptionGroup: two: KeyError: 'a' \(_helper\.py:1\)"),
            (
                "class Odd(Exception):\n    def __str__(self): raise RuntimeError\nraise Odd\n",
                r"Odd: its text can't be made: RuntimeError \(_helper\.py:3\)",
            ),
            ("import nowhere_to_be_found\n", r"No module named 'nowhere_to_be_found' \(_helper\.py:1\)"),
            ("def broken(:\n", r"SyntaxError: invalid syntax \(_helper\.py, line 1\)"),
        ],
    )
    def test_that_fails_in_a_helper_names_its_line(self, tmp_path: Path, write: Write, helper: str, told: str) -> None:
        """Beside the migration that imports it."""
        source = write(m1_one="", m2_two="from . import _helper\n" + NOTING, _helper="RATE = 1\n")
        (tmp_path / "_helper.py").write_text(helper)
        target = MemoryTarget()
        with pytest.raises(InvalidMigration, match=rf"^2_two\.py can't be imported: .*{told}"):
            run(source, target)
        assert target.records() == ()

    def test_that_is_interrupted_says_where(self, write: Write) -> None:
        """The interruption itself comes out as it is."""
        with pytest.raises(KeyboardInterrupt) as caught:
            run(write(m1_one="raise KeyboardInterrupt\n" + NOTING), MemoryTarget())
        assert caught.value.__notes__ == ["while 1_one.py was imported; nothing was done"]

    @pytest.mark.parametrize("name", ["do", "undo"])
    def test_finds_out_what_is_no_function(self, tmp_path: Path, write: Write, name: str) -> None:
        """Where reading the file could not tell."""
        other = {"do": "undo", "undo": "do"}[name]
        source = write(m1_one=f"{name} = len('four')\ndef {other}(ctx): ...")
        target = MemoryTarget()
        if name == "undo":
            applied(target, "1")
        before = target.records()
        with pytest.raises(InvalidMigration) as caught:
            run(source, target, planner=StepPlanner(1 if name == "do" else -1))
        assert str(caught.value) == (
            f"1_one.py: {name} is 4, which can't be called. Make it a function: def {name}(ctx): ..."
        )
        assert target.records() == before

    def test_can_be_tried_again(self, tmp_path: Path, write: Write) -> None:
        """A failed import leaves nothing behind in a process that lives on."""
        source = write(m1_one="from ._later import WORD\ndef do(ctx): ...")
        with pytest.raises(InvalidMigration, match="_later"):
            run(source, MemoryTarget())
        (tmp_path / "_later.py").write_text("WORD = 1", encoding="utf-8")
        importlib.invalidate_caches()
        assert run(source, MemoryTarget()).applied == ("1",)


class TestModules:
    """What a migration's file may do, as any module in a package."""

    def test_import_helpers_relatively(self, write: Write) -> None:
        """Files that begin with an underscore, which import each other too."""
        source = write(
            _money="from ._rates import RATE\ndef cents(x):\n    return x * RATE\n",
            _rates="RATE = 100\n",
            m1_one="from ._money import cents\nfrom . import _rates\ndef do(ctx):\n    ctx.seen.append(cents(_rates.RATE))",
        )
        ctx: Any = SimpleNamespace(seen=[])
        source.load()[0].do(ctx)
        assert ctx.seen == [10_000]

    def test_know_their_own_file(self, tmp_path: Path, write: Write) -> None:
        """Which is how data that lies beside them is found."""
        ctx: Any = SimpleNamespace(seen=[])
        write(m1_one="def do(ctx):\n    ctx.seen.append(__file__)").load()[0].do(ctx)
        assert ctx.seen == [str(tmp_path / "1_one.py")]

    def test_do_not_meet_those_of_another_folder(self, tmp_path: Path) -> None:
        """Though folders, files and helpers have the same names."""
        seen: list[str] = []
        for place in ("a", "b"):
            folder = tmp_path / place / "migrations"
            folder.mkdir(parents=True)
            (folder / "_words.py").write_text(f"WORD = '{place}'", encoding="utf-8")
            (folder / "1_one.py").write_text(
                "from ._words import WORD\ndef do(ctx):\n    ctx.seen.append(WORD)", encoding="utf-8"
            )
            ctx: Any = SimpleNamespace(seen=seen)
            FolderSource(folder).load()[0].do(ctx)
        assert seen == ["a", "b"]

    def test_may_lie_in_a_folder_of_any_name(self, tmp_path: Path) -> None:
        """It need not be one that Python could import."""
        folder = tmp_path / "2026.11, our migrations"
        folder.mkdir()
        (folder / "1_one.py").write_text("from ._two import do", encoding="utf-8")
        (folder / "_two.py").write_text("def do(ctx):\n    ctx.seen.append('two')", encoding="utf-8")
        ctx: Any = SimpleNamespace(seen=[])
        FolderSource(folder).load()[0].do(ctx)
        assert ctx.seen == ["two"]

    def test_are_found_wherever_the_process_goes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write
    ) -> None:
        """A relative path is one from where the source was made."""
        write(m1_one="")
        monkeypatch.chdir(tmp_path)
        source = FolderSource(".")
        monkeypatch.chdir(tmp_path.parent)
        assert run(source, MemoryTarget()).applied == ("1",)

    def test_leave_the_search_path_alone(self, write: Write) -> None:
        """A helper's name can't hide a package's."""
        before = list(sys.path)
        run(write(_json="", m1_one=""), MemoryTarget())
        assert sys.path == before

    def test_run_in_both_directions(self, tmp_path: Path, write: Write) -> None:
        """`do` and `undo` of the same file."""
        source, target = write(m1_one=""), MemoryTarget()
        run(source, target)
        run(source, target, planner=UndoPlanner())
        assert (left(tmp_path, "done"), left(tmp_path, "undone")) == (["1_one"], ["1_one"])

    def test_say_where_they_failed(self, write: Write) -> None:
        """The line in the migration's own file, however deep in a helper it happened."""
        source = write(
            _money="def cents(x):\n    return x['cents']\n",
            m1_one="from ._money import cents\n\ndef do(ctx):\n    cents({})\n",
        )
        target = MemoryTarget()
        with pytest.raises(MigrationFailed, match=r"^1_one failed: KeyError: 'cents' \(1_one\.py:4\)\."):
            run(source, target)
        failure = target.records()[0].failure
        assert failure is not None
        assert (failure.type, failure.message, failure.where) == ("KeyError", "'cents'", "1_one.py:4")

    def test_may_rehearse(self, tmp_path: Path, write: Write) -> None:
        """What is set on the function in the file is found although it is imported late."""
        run(write(m1_one=NOTING + "do.supports_dry_run = True\n", m2_two=""), MemoryTarget(), dry_run=True)
        assert left(tmp_path, "done") == ["1_one"]


class TestTheManifestsPart:
    """`manifest`, and what comes of it."""

    def test_is_what_is_in_the_folder(self, tmp_path: Path, write: Write) -> None:
        """With the checksums that are recorded when a migration is applied."""
        source, target = write(m1_one="", m2_two=""), MemoryTarget()
        assert source.manifest() == read_folder(tmp_path)
        run(source, target)
        assert [record.details.checksum for record in target.records()] == [
            entry.checksum for entry in source.manifest().migrations
        ]

    def test_carries_what_a_file_says_of_itself(self, write: Write) -> None:
        """Its settings reach the migration."""
        (migration,) = write(m1_one='out_of_order = "allow"\nchanged = "error"\ndef do(ctx): ...').load()
        assert (migration.out_of_order, migration.changed, migration.can_undo) == ("allow", "error", False)
