"""Functions that a call would not run, found in the file."""

import re
from pathlib import Path

import pytest

from dynamigrate import (
    InvalidMigration,
)
from dynamigrate.contract.manifest import read_folder
from tests.unit.migration_files import DO, write


class TestFunctionsThatWouldNotRun:
    """Told as what they are, with the line, before anything runs."""

    @pytest.mark.parametrize(
        ("code", "what"),
        [
            ("async def do(ctx): ...", "asynchronous (async def), and a call would not run it"),
            ("async def do(ctx): yield 1", "an asynchronous generator, and a call would not run it"),
            ("def do(ctx): yield 1", "a generator (it has a yield), and a call would not run it"),
            ("def do(ctx):\n    x = yield from ctx", "a generator (it has a yield), and a call would not run it"),
            ("do = lambda ctx: (yield)", "a generator (it has a yield), and a call would not run it"),
            ("async def run(ctx): ...\ndo = run", "asynchronous (async def), and a call would not run it"),
            ("if 1:\n    async def do(ctx): ...", "asynchronous (async def), and a call would not run it"),
            ("from contextlib import contextmanager\n@contextmanager\ndef do(ctx): yield", "a context manager"),
            ("import contextlib\n@contextlib.contextmanager\ndef do(ctx): yield", "a context manager"),
            ("import contextlib\n@contextlib.asynccontextmanager\nasync def do(ctx): yield", "a context manager"),
            ("class do:\n    def __init__(self, ctx): ...", "a class, and a call would only make an object of it"),
            ("def do(): ...", "a function that takes no argument, and is called with one, the context"),
            ("do = lambda: None", "a function that takes no argument, and is called with one, the context"),
            ("def do(*, ctx): ...", "a function that takes no argument, and is called with one, the context"),
            ("def do(a, b): ...", "a function that needs 2 arguments, and is called with one, the context"),
            ("def do(self, ctx): ...", "a function that needs 2 arguments, and is called with one, the context"),
            ("def do(ctx, *, dry): ...", "a function that needs dry by name, and is called with the context alone"),
        ],
    )
    @pytest.mark.parametrize("name", ["do", "undo"])
    def test_are_refused(self, tmp_path: Path, code: str, what: str, name: str) -> None:
        """In either direction."""
        if name == "undo":
            code = DO + re.sub(r"\bdo\b", "undo", code)
        write(tmp_path, m1_one=code)
        with pytest.raises(InvalidMigration) as caught:
            read_folder(tmp_path)
        message = str(caught.value)
        assert re.search(rf"1_one\.py:\d+: {name} is {re.escape(what)}", message)
        assert message.endswith(f"Make it a function: def {name}(ctx): ...")

    @pytest.mark.parametrize(
        "code",
        [
            "def do(context): ...",
            "def do(ctx, /): ...",
            "def do(ctx=None): ...",
            "def do(*args): ...",
            "def do(*args, **kwargs): ...",
            "def do(ctx, *more): ...",
            "def do(ctx, other=1): ...",
            "def do(ctx, *, other=1): ...",
            "def do(a=1, b=2): ...",
            "import functools\ndo = functools.partial(print, 1)",
            "do = lambda ctx: None",
            "do = lambda *a: None",
            "def do(ctx):\n    def rows():\n        yield 1\n    return list(rows())",
            "def do(ctx):\n    f = lambda: (yield)",
            "def do(ctx):\n    async def wait(): ...",
            "@some.decorator\ndef do(): ...",
            "@in_a_loop\nasync def do(ctx): ...",
            "def do(): ...\ndef do(ctx): ...",
            "try:\n    from fast import do\nexcept ImportError:\n    def do(ctx): ...",
            "with open('x'):\n    do = print",
            "for do in (print,): pass\ndo = print",
            "do, undo = make()",
            "[do, undo] = print, print",
        ],
    )
    def test_are_not_those_that_run(self, tmp_path: Path, code: str) -> None:
        """As Python calls them."""
        write(tmp_path, m1_one=code)
        assert len(read_folder(tmp_path).migrations) == 1

    @pytest.mark.parametrize("setting", ['changed = "ignore"', 'out_of_order = "allow"', 'replaces = ["1"]'])
    def test_nor_is_a_setting_that_depends_on_a_condition(self, tmp_path: Path, setting: str) -> None:
        """Only running the file would tell, and passing it over would be worse."""
        write(tmp_path, m1_one=f"if 1 == 1:\n    {setting}\n{DO}")
        with pytest.raises(InvalidMigration, match="written out at the top level of the file"):
            read_folder(tmp_path)
