"""A folder of migrations is what people expect of a Python package, in a process that lives on too."""

import inspect
import os
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dynamigrate import FolderSource, InvalidMigration, MemoryTarget, Migration, MigrationFailed, migrate, repair
from dynamigrate.contract.manifest import MANIFEST_NAME, read_folder

Write = Callable[[dict[str, str]], FolderSource]


@pytest.fixture(params=["read from files", "deployed"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Write:
    """Writes files and gives the source of them; as deployed, with a manifest that has a digest."""

    def write_files(files: dict[str, str]) -> FolderSource:
        for name, code in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, encoding="utf-8")
        if request.param == "deployed":
            manifest = replace(read_folder(tmp_path), digest="0a" * 16)
            (tmp_path / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
        return FolderSource(tmp_path)

    return write_files


def said(source: FolderSource) -> Any:
    """What the first migration of *source* puts into ``ctx.said``."""
    ctx: Any = SimpleNamespace(said=None)
    source.load()[0].do(ctx)
    return ctx.said


SAYING = {
    "data, by importlib.resources": """
        from importlib.resources import files
        def do(ctx):
            ctx.said = files(__package__).joinpath("words.txt").read_text()
        """,
    "data, by importlib.resources when it is imported": """
        from importlib import resources
        WORDS = (resources.files(__package__) / "words.txt").read_text()
        def do(ctx):
            ctx.said = WORDS
        """,
    "data in a folder, by importlib.resources": """
        from importlib.resources import files
        def do(ctx):
            ctx.said = (files(__package__) / "data" / "words.txt").read_text()
        """,
    "data of a helper package": """
        from importlib.resources import files
        from . import data
        def do(ctx):
            ctx.said = files(data).joinpath("words.txt").read_text()
        """,
    "data, by pkgutil": """
        from pkgutil import get_data
        def do(ctx):
            ctx.said = get_data(__package__, "words.txt").decode()
        """,
    "data, by its own path": """
        from pathlib import Path
        def do(ctx):
            ctx.said = Path(__file__).with_name("words.txt").read_text()
        """,
    "a name of __init__": """
        from . import WORDS
        def do(ctx):
            ctx.said = WORDS
        """,
    "a name of a nested package": """
        from ._helpers.deep.words import WORDS
        def do(ctx):
            ctx.said = WORDS
        """,
    "a helper imported at call time": """
        def do(ctx):
            from ._words import WORDS
            ctx.said = WORDS
        """,
    "a helper imported by name": """
        from importlib import import_module
        def do(ctx):
            ctx.said = import_module("._words", __package__).WORDS
        """,
    "a do that is a partial": """
        from functools import partial
        def say(words, ctx):
            ctx.said = words
        do = partial(say, "words")
        """,
    "a do that is a lambda": """
        do = lambda ctx: setattr(ctx, "said", "words")
        """,
    "a do that is a method": """
        class Step:
            def do(self, ctx):
                ctx.said = "words"
        do = Step().do
        """,
    "a do with more than it is given": """
        def do(ctx, *more, words="words", **options):
            ctx.said = words
        """,
    "a do that takes whatever comes": """
        def do(*given):
            given[0].said = "words"
        """,
    "a do that a condition makes": """
        import sys
        if sys.version_info >= (3, 11):
            def do(ctx):
                ctx.said = "words"
        else:
            def do(ctx):
                ctx.said = "old words"
        """,
    "a do and an undo from one call": """
        def pair():
            return (lambda ctx: setattr(ctx, "said", "words")), (lambda ctx: None)
        do, undo = pair()
        """,
    "a dataclass": """
        from __future__ import annotations
        from dataclasses import dataclass
        from typing import get_type_hints
        @dataclass(slots=True)
        class Order:
            words: str
        def do(ctx):
            ctx.said = Order("words").words if get_type_hints(Order) == {"words": str} else None
        """,
    "its own source": """
        import inspect
        def do(ctx):
            ctx.said = "words" if "its own source" in inspect.getsource(do) else None
            "its own source"
        """,
    "what pickle made of its own": """
        import pickle
        class Order:
            def __init__(self):
                self.words = "words"
        def double(x):
            return x * 2
        def do(ctx):
            assert pickle.loads(pickle.dumps(double))(2) == 4
            ctx.said = pickle.loads(pickle.dumps(Order())).words
        """,
    "what its threads did": """
        from concurrent.futures import ThreadPoolExecutor
        def one(letter):
            from ._words import WORDS
            return letter
        def do(ctx):
            with ThreadPoolExecutor(4) as pool:
                ctx.said = "".join(pool.map(one, "words"))
        """,
}

BESIDE = {
    "__init__.py": "WORDS = 'words'\n",
    "words.txt": "words",
    "data/words.txt": "words",
    "_words.py": "WORDS = 'words'\n",
    "_helpers/__init__.py": "from ..  import WORDS\n",
    "_helpers/deep/words.py": "from ..._words import WORDS\n",
}


@pytest.mark.parametrize("code", SAYING.values(), ids=SAYING.keys())
def test_a_migration_can_use(write: Write, code: str) -> None:
    """What any module in a package can, deployed or not."""
    assert said(write({"1_one.py": inspect.cleandoc(code), **BESIDE})) == "words"


@pytest.mark.parametrize(
    "name", [name for name in SAYING if "__init__" not in name and "nested" not in name], ids=lambda name: name
)
def test_a_folder_needs_no_init(write: Write, name: str) -> None:
    """It is a package without one as well."""
    files = {name: text for name, text in BESIDE.items() if "__init__" not in name and "deep" not in name}
    assert said(write({"1_one.py": inspect.cleandoc(SAYING[name]), **files})) == "words"


def test_an_init_that_fails_is_told_with_its_line(write: Write) -> None:
    """As what keeps the migration from being imported."""
    source = write({"__init__.py": "RATE = 1\n1 / 0\n", "1_one.py": "def do(ctx): ..."})
    message = r"^1_one\.py can't be imported: ZeroDivisionError: division by zero \(__init__\.py:2\)\."
    with pytest.raises(InvalidMigration, match=message):
        migrate(source, MemoryTarget())


@pytest.mark.parametrize("code", ["\n\nimport nowhere_at_all\n", "\n\ndef broken(:\n"], ids=["an import", "its syntax"])
def test_a_helper_that_fails_is_told_with_its_line(write: Write, code: str) -> None:
    """It is not the migration's file that has to be corrected."""
    source = write({"_helpers/money.py": code, "1_one.py": "from ._helpers.money import cents\ndef do(ctx): ..."})
    with pytest.raises(InvalidMigration, match=r"^1_one\.py can't be imported: .* \(_helpers/money\.py:3\)\."):
        migrate(source, MemoryTarget())


def test_an_extension_module_beside_is_found(write: Write, tmp_path: Path) -> None:
    """By its suffix, as Python finds it; this one is none, which only loading it shows."""
    source = write({"1_one.py": "from ._vendor.core import fast\ndef do(ctx): ..."})
    (tmp_path / "_vendor").mkdir()
    (tmp_path / f"_vendor/core.cpython-{sys.version_info[0]}{sys.version_info[1]}-x86_64-linux-gnu.so").touch()
    (tmp_path / "_vendor/core.abi3.so").write_bytes(b"no library")
    with pytest.raises(InvalidMigration, match=r"^1_one\.py can't be imported: ImportError: .*core"):
        migrate(source, MemoryTarget())


class TestCodeThatIsCorrected:
    """And run again in the same process: a notebook, a test session."""

    def test_runs_as_it_is_now(self, tmp_path: Path) -> None:
        """After a failure and a repair; what is recorded is the checksum of what ran."""
        file = tmp_path / "1_one.py"
        file.write_text("def do(ctx):\n    raise ValueError('old')\n", encoding="utf-8")
        target = MemoryTarget()
        with pytest.raises(MigrationFailed, match="old"):
            migrate(FolderSource(tmp_path), target)
        file.write_text("def do(ctx):\n    ...\n", encoding="utf-8")
        repair(target, "1", "pending")
        assert migrate(FolderSource(tmp_path), target).applied == ("1",)
        assert target.records()[0].details.checksum == FolderSource(tmp_path).load()[0].checksum

    @pytest.mark.parametrize("file", ["1_one.py", "__init__.py", "_a.py", "_deep/__init__.py", "_deep/b.py"])
    def test_is_seen_though_size_and_time_are_the_same(self, tmp_path: Path, file: str) -> None:
        """Wherever it is, and whatever compiled files there are: with the source that is made before, or anew."""
        files = {
            "1_one.py": "from . import INIT\nfrom ._a import A\nfrom ._deep import D\nfrom ._deep.b import B\nOWN = 'old'\n"
            "def do(ctx):\n    from ._deep.b import B as late\n    ctx.said = [OWN, INIT, A, D, B, late]\n",
            "__init__.py": "INIT = 'old'\n",
            "_a.py": "A = 'old'\n",
            "_deep/__init__.py": "D = 'old'\n",
            "_deep/b.py": "B = 'old'\n",
        }
        for name, code in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(code, encoding="utf-8")
        source = FolderSource(tmp_path)
        assert set(said(source)) == {"old"}
        before = (tmp_path / file).stat()
        (tmp_path / file).write_text(files[file].replace("'old'", "'new'"), encoding="utf-8")
        os.utime(tmp_path / file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert "new" in said(source)
        assert "new" in said(FolderSource(tmp_path))

    def test_can_be_put_back(self, tmp_path: Path) -> None:
        """As by a checkout of another branch and back."""
        file, seen = tmp_path / "1_one.py", []
        for word in ("one", "two", "one"):
            file.write_text(f"def do(ctx):\n    ctx.said = '{word}'\n", encoding="utf-8")
            seen.append(said(FolderSource(tmp_path)))
        assert seen == ["one", "two", "one"]

    def test_shows_its_new_lines_in_a_traceback(self, tmp_path: Path) -> None:
        """And to `inspect`."""
        file = tmp_path / "1_one.py"
        code = "import inspect\ndef do(ctx):\n    ctx.said = inspect.getsource(do)  # old\n"
        file.write_text(code, encoding="utf-8")
        assert "# old" in said(FolderSource(tmp_path))
        before = file.stat()
        file.write_text(code.replace("# old", "# new").replace("ctx.said", "ctx.said"), encoding="utf-8")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        (tmp_path / "_helper.py").touch()
        (tmp_path / "_helper.py").write_text("X = 1\n", encoding="utf-8")
        assert "# new" in said(FolderSource(tmp_path))

    def test_finds_a_helper_that_was_just_added(self, tmp_path: Path) -> None:
        """Without a word to Python's own caches."""
        (tmp_path / "1_one.py").write_text("from ._later import WORD\ndef do(ctx):\n    ctx.said = WORD\n")
        with pytest.raises(InvalidMigration, match="_later"):
            said(FolderSource(tmp_path))
        (tmp_path / "_later.py").write_text("WORD = 1\n")
        assert said(FolderSource(tmp_path)) == 1

    def test_of_the_past_can_still_import(self, tmp_path: Path) -> None:
        """A migration that is at work while its folder changes does not lose its package."""
        (tmp_path / "_a.py").write_text("A = 1\n")
        (tmp_path / "1_one.py").write_text("def do(ctx):\n    from ._a import A\n    ctx.said = A\n")
        migration = FolderSource(tmp_path).load()[0]
        old: Any = migration.do
        function = old.resolve()
        (tmp_path / "_b.py").write_text("B = 1\n")
        assert said(FolderSource(tmp_path)) == 1
        ctx: Any = SimpleNamespace(said=None)
        function(ctx)
        assert ctx.said == 1

    def test_leaves_nothing_of_the_old_among_the_modules(self, tmp_path: Path) -> None:
        """However often it is corrected."""
        for number in range(5):
            (tmp_path / "1_one.py").write_text(f"N = {number}\ndef do(ctx):\n    ctx.said = N\n")
            assert said(FolderSource(tmp_path)) == number
        assert len([name for name in sys.modules if name.endswith(".1_one") and hasattr(sys.modules[name], "N")]) == 1


class TestFoldersAtOneTime:
    """In one process."""

    def test_do_not_mix(self, tmp_path: Path) -> None:
        """Two with the same files and helpers of other content, each with imports at call time."""
        loaded: list[Migration] = []
        for place in ("a", "b"):
            folder = tmp_path / place
            folder.mkdir()
            (folder / "_words.py").write_text(f"WORD = '{place}'\n")
            (folder / "1_one.py").write_text("def do(ctx):\n    from ._words import WORD\n    ctx.said = WORD\n")
            loaded += FolderSource(folder).load()
        seen = []
        for migration in (*loaded, *reversed(loaded)):
            ctx: Any = SimpleNamespace(said=None)
            migration.do(ctx)
            seen.append(ctx.said)
        assert seen == ["a", "b", "b", "a"]

    def test_may_be_one_path_on_several_threads(self, tmp_path: Path) -> None:
        """Each finds whole modules, and all the same ones."""
        (tmp_path / "_words.py").write_text("import time\nWORD = []\n")
        (tmp_path / "1_one.py").write_text("from ._words import WORD\ndef do(ctx):\n    ctx.said = WORD\n")
        start = threading.Barrier(8)

        def load(_: int) -> Any:
            start.wait()
            return said(FolderSource(tmp_path))

        with ThreadPoolExecutor(8) as pool:
            words = list(pool.map(load, range(8)))
        assert len({id(word) for word in words}) == 1

    def test_may_be_one_by_two_paths(self, tmp_path: Path) -> None:
        """A link to a folder is that folder."""
        folder = tmp_path / "real"
        folder.mkdir()
        (folder / "1_one.py").write_text("class A: ...\ndef do(ctx):\n    ctx.said = A\n")
        (tmp_path / "link").symlink_to(folder)
        assert said(FolderSource(folder)) is said(FolderSource(tmp_path / "link"))


def test_files_may_be_links(write: Write, tmp_path: Path) -> None:
    """To files that are there."""
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (elsewhere / "shared.py").write_text("WORD = 'linked'\n")
    (elsewhere / "migration.py").write_text("from ._shared import WORD\ndef do(ctx):\n    ctx.said = WORD\n")
    (tmp_path / "_shared.py").symlink_to(elsewhere / "shared.py")
    (tmp_path / "1_one.py").symlink_to(elsewhere / "migration.py")
    assert said(write({})) == "linked"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are Unix's")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody would ever write to one that is named as a helper."""
    (tmp_path / "1_one.py").write_text("def do(ctx):\n    ctx.said = 'one'\n")
    os.mkfifo(tmp_path / "_pipe.py")
    heard: list[Any] = []
    run = threading.Thread(target=lambda: heard.append(said(FolderSource(tmp_path))), daemon=True)
    run.start()
    run.join(30)
    assert heard == ["one"]


def test_a_class_can_be_taken_apart_by_pickle_outside(write: Write) -> None:
    """Whoever has what a migration made: its module is found by its name."""
    thing = said(write({"1_one.py": "class A:\n    x = 1\ndef do(ctx):\n    ctx.said = A()\n"}))
    assert type(pickle.loads(pickle.dumps(thing))) is type(thing)
