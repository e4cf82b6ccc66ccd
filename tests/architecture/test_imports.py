"""
Which room may use which: read from the source, and seen in a process that has just begun.

Five directions, as the design has them; and what else all files keep to.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import dynamigrate

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "lambda_src/dynamigrate"
CONSTRUCTS = ROOT / "infra/dynamigrate_cdk"
# A function of its own, which a stack carries beside the engine's.
RESPONDER = CONSTRUCTS / "responder"
# Rooms of the engine that have other rules than its core.
OUTER = ("transport", "dynamodb", "backfill", "handler")
AWS_SDK = {"boto3", "botocore"}
# Used where they are installed; nothing breaks where they are not.
OPTIONAL = {"orjson"}
CDK = {"aws_cdk", "constructs", "jsii"}


class Import(NamedTuple):
    """
    One import of one file.

    Attributes:
        module: In full, a relative one too.
        names: What is taken from it; empty where the module itself is imported.
        for_types: It stands under ``if TYPE_CHECKING``, and is never carried out.
        optional: It may fail: ``except ImportError`` stands by.
    """

    file: Path
    line: int
    module: str
    names: tuple[str, ...]
    for_types: bool
    optional: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.module} {' '.join(self.names)}".rstrip()


def files(*folders: Path) -> list[Path]:
    """All Python files in them; a folder that is not there would make every rule about it true."""
    found = [file for folder in folders for file in sorted(folder.rglob("*.py")) if "cdk.out" not in file.parts]
    assert found, f"no files in {folders}"
    return found


def core() -> list[Path]:
    """The engine without its outer rooms."""
    return [file for file in files(ENGINE) if file.relative_to(ENGINE).parts[0] not in OUTER]


def imports(*paths: Path) -> Iterator[Import]:
    """Every import in these files, wherever in them it stands."""
    for path in paths:
        tree = ast.parse(path.read_bytes())
        for_types, optional = set[int](), set[int]()
        for node in ast.walk(tree):
            match node:
                case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
                    for_types |= {id(inner) for statement in body for inner in ast.walk(statement)}
                case ast.Try(body=body, handlers=[ast.ExceptHandler(type=ast.Name(id="ImportError"))]):
                    optional |= {id(inner) for statement in body for inner in ast.walk(statement)}
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    for alias in names:
                        yield Import(path, node.lineno, alias.name, (), id(node) in for_types, id(node) in optional)
                case ast.ImportFrom(module=module, names=names, level=level):
                    whole = ".".join([*_package(path, level), *([module] if module else [])])
                    taken = tuple(one.name for one in names)
                    yield Import(path, node.lineno, whole, taken, id(node) in for_types, id(node) in optional)


def _package(path: Path, level: int) -> list[str]:
    """What *level* dots in this file stand for; nothing for none of them."""
    if level == 0:
        return []
    for root in (ROOT / "lambda_src", ROOT / "infra", ROOT / "examples", ROOT):
        if path.is_relative_to(root):
            folder = path.relative_to(root).parent
            return list(folder.parts[: len(folder.parts) - (level - 1)])
    raise AssertionError(path)


def _room(module: str) -> str:
    """The room of the engine that a module lies in; empty for one of the core."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in OUTER else ""


def offences(paths: list[Path], allowed: set[str], rooms: set[str]) -> list[str]:
    """Imports of something other than the standard library, *allowed* packages, and the engine's core and *rooms*."""
    return [
        str(one)
        for one in imports(*paths)
        if not (
            one.top in sys.stdlib_module_names
            or one.top in allowed
            or (one.optional and one.top in OPTIONAL)
            or (one.top == "dynamigrate" and (not _room(one.module) or _room(one.module) in rooms))
        )
    ]


def loaded_by(code: str, *options: str) -> set[str]:
    """What a fresh interpreter has loaded after *code*, with both source roots on its path."""
    roots = [str(ROOT / "lambda_src"), str(ROOT / "infra")]
    program = (
        f"import sys; sys.path[:0] = {roots!r}; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def strangers(modules: set[str], *known: str) -> set[str]:
    """Those that are neither the standard library's nor belong to a *known* package."""
    return {one for one in modules if one.partition(".")[0] not in sys.stdlib_module_names | {*known}}


class TestTheCore:
    """Direction 1: core, sources and the targets' protocol need the standard library alone."""

    def test_imports_nothing_else(self) -> None:
        """But for the public name that is loaded when it is first used."""
        front = ENGINE / "__init__.py"
        assert offences([file for file in core() if file != front], set(), set()) == []
        assert [one.names for one in imports(front) if _room(one.module)] == [
            one.names for one in imports(front) if _room(one.module) and one.for_types
        ]

    def test_runs_where_nothing_else_is_installed(self) -> None:
        """Every one of its modules, and a whole run."""
        modules = [
            ".".join(file.relative_to(ENGINE.parent).with_suffix("").parts).removesuffix(".__init__") for file in core()
        ]
        code = (
            f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
            "from dynamigrate import MemorySource, MemoryTarget, Migration, migrate\n"
            "source = MemorySource()\n"
            "source.add(Migration('1', 'one', do=lambda ctx: None))\n"
            "assert migrate(source, MemoryTarget()).applied == ('1',)\n"
        )
        loaded = loaded_by(code, "-S")
        assert strangers(loaded, "dynamigrate") == set()
        assert {one for one in loaded if _room(one)} == set()
        assert {*modules} <= loaded

    def test_loads_only_what_a_name_needs(self) -> None:
        """``import dynamigrate`` itself costs next to nothing."""
        assert {one for one in loaded_by("import dynamigrate", "-S") if one.startswith("dynamigrate")} == {
            "dynamigrate"
        }
        loaded = loaded_by("from dynamigrate import Migration", "-S")
        assert "dynamigrate.engine" not in loaded

    def test_has_the_contract_apart(self) -> None:
        """What the construct imports at synth: the contract, and the errors that it raises."""
        for name in ("contract", "contract.names", "contract.checksum", "contract.manifest"):
            loaded = loaded_by(f"import dynamigrate.{name}", "-S")
            ours = {one for one in loaded if one.startswith("dynamigrate")}
            assert {one for one in ours if not one.startswith("dynamigrate.contract")} <= {
                "dynamigrate",
                "dynamigrate.errors",
            }, name
            assert strangers(loaded, "dynamigrate") == set()


class TestTheTargetAndTheBackfill:
    """Direction 2: `transport`, `dynamodb` and `backfill` need the core and the AWS SDK."""

    @pytest.mark.parametrize("room", ["transport", "dynamodb", "backfill"])
    def test_import_nothing_else(self, room: str) -> None:
        """Of each other the transport alone; and not the handler."""
        assert offences(files(ENGINE / room), AWS_SDK, {room, "transport"}) == []

    def test_load_no_handler(self) -> None:
        """The SDK comes in with a client, not with the name."""
        loaded = loaded_by("from dynamigrate import DynamoDBTarget")
        assert {_room(one) for one in loaded if one.startswith("dynamigrate")} == {"", "dynamodb", "transport"}
        assert not {one for one in loaded if one.startswith(("aws_lambda_powertools", "aws_cdk"))}


class TestTheHandler:
    """Direction 3: `handler` may use all of the engine, and Powertools; nobody else reads the environment."""

    def test_imports_nothing_else(self) -> None:
        """Of what a Lambda function has."""
        assert offences(files(ENGINE / "handler"), {*AWS_SDK, "aws_lambda_powertools"}, {*OUTER}) == []

    def test_is_used_by_nobody(self) -> None:
        """It is the front door."""
        others = [file for file in files(ENGINE) if not file.is_relative_to(ENGINE / "handler")]
        assert [str(one) for one in imports(*others) if _room(one.module) == "handler"] == []

    def test_alone_reads_the_environment(self) -> None:
        """However it is spelled."""
        readers = {
            file.relative_to(ENGINE).parts[0]
            for file in files(ENGINE)
            for node in ast.walk(ast.parse(file.read_bytes()))
            if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
            or (
                isinstance(node, ast.ImportFrom)
                and {one.name for one in node.names} & {"environ", "environb", "getenv"}
            )
        }
        assert readers == {"handler"}

    def test_alone_knows_cloudformation(self) -> None:
        """No other room has a word of its events in its code."""
        words = re.compile(r"ResponseURL|RequestType|LogicalResourceId|PhysicalResourceId|StackId|^cloudformation$")
        knowing = {
            file.relative_to(ENGINE).parts[0]
            for file in files(ENGINE)
            for node in ast.walk(ast.parse(file.read_bytes()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and words.search(node.value)
        }
        assert knowing == {"handler"}


class TestTheConstructs:
    """Direction 4: `dynamigrate_cdk` needs the CDK and, of the engine, the contract."""

    def test_import_nothing_else(self) -> None:
        """Of the engine `dynamigrate.contract` alone."""
        constructs = [file for file in files(CONSTRUCTS) if not file.is_relative_to(RESPONDER)]
        assert offences(constructs, {*CDK, "packaging", "dynamigrate_cdk"}, set()) == []
        engine = [one for one in imports(*constructs) if one.top == "dynamigrate"]
        assert engine
        assert [str(one) for one in engine if not one.module.startswith("dynamigrate.contract")] == []

    def test_load_nothing_else_of_the_engine(self) -> None:
        """Nor boto3, which a synth has no use for."""
        loaded = loaded_by("import dynamigrate_cdk\nfrom dynamigrate_cdk import Migrations")
        assert {one for one in loaded if one.startswith("dynamigrate.") and "contract" not in one} <= {
            "dynamigrate.errors"
        }
        assert not {one for one in loaded if one.partition(".")[0] in AWS_SDK}

    def test_share_nothing_with_the_responder(self) -> None:
        """What breaks the function must not break what answers for it: it has the runtime's boto3, and itself."""
        modules = {f"dynamigrate_cdk.responder.{file.stem}" for file in files(RESPONDER)}
        used = {one.module for one in imports(*files(RESPONDER)) if one.top not in sys.stdlib_module_names | AWS_SDK}
        assert used <= modules
        others = [file for file in files(CONSTRUCTS, ENGINE) if not file.is_relative_to(RESPONDER)]
        assert [str(one) for one in imports(*others) if one.module in modules] == []

    def test_are_used_by_nothing_that_is_deployed(self) -> None:
        """Nothing in the asset's source root knows of them, or of the CDK."""
        forbidden = {*CDK, "dynamigrate_cdk", "local_aws", "order_service"}
        assert [str(one) for one in imports(*files(ROOT / "lambda_src")) if one.top in forbidden] == []


class TestUsers:
    """Direction 5: migrations and examples use the public names alone."""

    @pytest.mark.parametrize("folder", ["lambda_src/migrations", "examples"])
    def test_import_public_names(self, folder: str) -> None:
        """From the package itself, as anybody would who has installed it."""
        ours = [one for one in imports(*files(ROOT / folder)) if one.top == "dynamigrate"]
        assert ours
        for one in ours:
            assert one.module == "dynamigrate", str(one)
            assert {*one.names} <= {*dynamigrate.__all__}, str(one)

    def test_import_public_constructs(self) -> None:
        """The same for the construct library."""
        ours = [one for one in imports(*files(ROOT / "examples"), ROOT / "app.py") if one.top == "dynamigrate_cdk"]
        assert [str(one) for one in ours if one.module != "dynamigrate_cdk"] == []


class TestFiles:
    """Size, names and words."""

    @pytest.mark.parametrize("folder", ["lambda_src", "infra", "examples", "benchmarks"])
    def test_are_no_longer_than_400_lines(self, folder: str) -> None:
        """One noun each."""
        lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files(ROOT / folder)}
        assert {str(file.relative_to(ROOT)): lines for file, lines in lengths.items() if lines > 400} == {}

    def test_are_no_boxes_for_this_and_that(self) -> None:
        """A module is named for what it is."""
        boxes = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)($|_)")
        paths = files(ROOT / "lambda_src", ROOT / "infra", ROOT / "examples", ROOT / "benchmarks", ROOT / "tests")
        named = {part for path in paths for part in path.relative_to(ROOT).with_suffix("").parts}
        assert {name for name in named if boxes.search(name)} == set()

    def test_name_no_machine_and_no_task(self) -> None:
        """Not the folders of whoever wrote them, nor numbers that mean something only to them."""
        places = {str(ROOT), str(Path.home())} - {"/"}
        places |= {f"/{name}/" for name in ("root", "Users", "work")}
        words = re.compile("|".join([*map(re.escape, sorted(places)), r"/home/\w", r"\b[Ii]ssues? #?\d"]))
        offending = [
            f"{path.relative_to(ROOT)}: {found[0]}"
            for path in _texts()
            if path != Path(__file__) and (found := words.search(path.read_text(encoding="utf-8")))
        ]
        assert offending == []


def _texts() -> list[Path]:
    """All text that is, or is about to be, in the repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no clone of the repository")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    texts = [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]
    assert texts
    return texts
