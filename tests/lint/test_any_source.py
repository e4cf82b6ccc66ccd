"""Whatever a file holds, it is judged, or is a finding: nothing is raised."""

import ast
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamigrate_lint import Settings, lint
from dynamigrate_lint.folder import Folder
from dynamigrate_lint.git_base import Base
from dynamigrate_lint.lint import judge
from dynamigrate_lint.rule import Surroundings
from tests.lint.folders import NAME, write
from tests.lint.test_documented_rules import _BLOCK, PAGE

SOURCES = [source for _, source in _BLOCK.findall(PAGE)]
_AROUND = Surroundings(Settings(require_undo=True), Base("main", frozenset(), "20300101000000"), {})
_TOKENS = (
    "(", ")", "[", "]", "{", "}", ":", ",", "\n", "    ", "=", "*", "**", "item", "ctx", "lambda:", "yield ", "await ",
    "async ", "match item:\n", "case {'a': b}:\n", "try:\n", "except* Exception:\n", "del ", "global item\n", "nonlocal x\n",
    "f'{item}'", "item[", "from . import *\n", "from .._a import b\n", "import a.b as c\n", "class A(item):\n", "\x00", "\\",
    "Update(", "Put(", "Backfill(", "transform=", ":=", "@cache\n", "'''", "#", "type X = int\n", "print", "0x", "é", "\ufeff",
)  # fmt: skip


def judged(folder: Path, files: dict[str, bytes]) -> None:
    """All that comes of it has a place, a message and what to do."""
    write(folder, files)
    for finding in judge(Folder.read(folder), _AROUND):
        assert finding.line >= 1
        assert finding.column >= 1
        assert finding.message
        assert finding.fix


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.sampled_from(SOURCES), seed=st.integers(0, 2**32), times=st.integers(1, 8))
def test_a_mangled_migration_is_judged(source: str, seed: int, times: int, tmp_path: Path) -> None:
    """Pieces are taken out, doubled and put in, of the documentation's own examples."""
    chance = random.Random(seed)
    for _ in range(times):
        first, second = sorted(chance.choices(range(len(source) + 1), k=2))
        match chance.randrange(4):
            case 0:
                source = source[:first] + source[min(second, first + 12) :]
            case 1:
                source = source[:first] + chance.choice(_TOKENS) + source[first:]
            case 2:
                source = source[:second] + source[first:second] + source[second:]
            case _:
                lines = source.splitlines(keepends=True)
                chance.shuffle(lines)
                source = "".join(lines)
    judged(tmp_path, {NAME: source.encode("utf-8", "surrogatepass"), "_a.py": source[::-1].encode()})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.lists(st.sampled_from(_TOKENS)).map(lambda parts: "".join(parts).encode()))
def test_any_bytes_are_judged(content: bytes, tmp_path: Path) -> None:
    """In a migration behind something that is valid, and alone."""
    judged(tmp_path, {NAME: b"def do(ctx):\n    pass\n" + content, "20261124090000_b.py": content})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees=st.lists(st.sampled_from(SOURCES), min_size=2, max_size=4), seed=st.integers(0, 2**32))
def test_a_migration_whose_parts_are_swapped_is_judged(trees: list[str], seed: int, tmp_path: Path) -> None:
    """It stays valid Python: expressions stand where others were."""
    chance = random.Random(seed)
    expressions = [node for source in trees for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr)]
    tree = ast.parse(trees[0])
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                other = chance.choice(expressions)
                if chance.random() < 0.2 and isinstance(getattr(other, "ctx", ast.Load()), ast.Load):
                    setattr(node, name, other)
    judged(tmp_path, {NAME: ast.unparse(ast.fix_missing_locations(tree)).encode()})


@pytest.mark.slow
@pytest.mark.parametrize(
    "expression",
    [
        "item" + "[0]" * 3000,
        "item" + ".a" * 3000,
        "1" + " + item['a']" * 3000,
        "[" * 80 + "item" + "]" * 80,
        "not " * 150 + "item",
        "lambda: " * 150 + "item",
        "{'a': " * 80 + "item" + "}" * 80,
        "(" + ",".join(["item"] * 20_000) + ")",
        "item" + "()" * 800,
    ],
    ids=lambda text: text[:12],
)
def test_a_deep_expression_is_judged(expression: str, tmp_path: Path) -> None:
    """As far as Python itself takes it."""
    source = (
        "from dynamigrate import Backfill, Update\n\n\ndef change(item, ctx):\n"
        f"    x = {expression}\n    return Update(set={{'a': {expression}, 'b': x}})\n\n\n"
        "do = Backfill(table='t', transform=change)\n"
    )
    judged(tmp_path, {NAME: source.encode()})


def test_circles_are_gone_round_once(tmp_path: Path) -> None:
    """Of imports, of names, of calls."""
    files = {
        NAME: "from ._a import do\n",
        "_a.py": "from ._b import do, f\nx = y\ny = x\n\n\ndef g(ctx):\n    f(x)\n",
        "_b.py": "from ._a import do, g\n\n\ndef f(ctx):\n    g(f)\n",
        "_c.py": "from . import _c\nfrom ._c import z\n\nz = z\n",
    }
    assert [one.code for one in lint(write(tmp_path, files))] == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_can_not_be_read_is_a_finding(tmp_path: Path) -> None:
    """And no traceback."""
    write(tmp_path, {NAME: "def do(ctx):\n    pass\n"})
    (tmp_path / NAME).chmod(0)
    [finding] = lint(tmp_path)
    assert finding.code == "DYN001"
