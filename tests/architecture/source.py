"""The imports of this repository: as they stand in the source, and as a process that has just begun carries them out."""

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "lambda_src/dynamigrate"
CONSTRUCTS = ROOT / "infra/dynamigrate_cdk"
# A function of its own, which a stack carries beside the engine's.
RESPONDER = CONSTRUCTS / "responder"
TOOLS = ROOT / "tools"
# Rooms of the engine that have other rules than its core.
OUTER = ("transport", "dynamodb", "backfill", "schema", "dry_run", "handler")
AWS_SDK = {"boto3", "botocore"}
# Used where they are installed; nothing breaks where they are not.
OPTIONAL = {"orjson"}
# Types alone, for whom they are installed.
STUBS = {"mypy_boto3_dynamodb"}
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
    for root in (ROOT / "lambda_src", ROOT / "infra", TOOLS, ROOT / "examples", ROOT):
        if path.is_relative_to(root):
            folder = path.relative_to(root).parent
            return list(folder.parts[: len(folder.parts) - (level - 1)])
    folder = path.parent
    while (folder / "__init__.py").exists():
        folder = folder.parent
    parts = path.parent.relative_to(folder).parts
    return list(parts[: len(parts) - (level - 1)])


def circles(package: Path, *, without: Collection[tuple[str, str]] = ()) -> list[frozenset[str]]:
    """
    Sets of modules of *package* that import each other, in however many steps, by their names in it.

    An import for types alone counts, and so does one in a function: whoever reads the one has to read the other.

    Args:
        without: Imports that are passed over: the module that has it, and what it imports.
    """
    modules = {_name(file, package): file for file in files(package)}
    needs = _with_further(
        {
            name: {one for one in _needed(file, package.name, modules) if (name, one) not in without}
            for name, file in modules.items()
        }
    )
    return sorted(
        {frozenset(other for other in needs[name] if name in needs[other]) for name in needs if name in needs[name]},
        key=sorted,
    )


def _with_further(needs: dict[str, set[str]]) -> dict[str, set[str]]:
    """What each needs in any number of steps. A few hundred modules ask for no better algorithm."""
    growing = True
    while growing:
        growing = False
        for name, mine in needs.items():
            further = {*mine}.union(*(needs[one] for one in mine))
            growing = growing or further != mine
            needs[name] = further
    return needs


def _name(file: Path, package: Path) -> str:
    return ".".join(file.relative_to(package).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def _needed(file: Path, top: str, modules: Mapping[str, Path]) -> Iterator[str]:
    """The modules that *file* takes something from; of a package whose modules alone are taken nothing is needed."""
    for one in imports(file):
        if one.top != top:
            continue
        module = one.module.removeprefix(top).lstrip(".")
        inner = [f"{module}.{name}".lstrip(".") for name in one.names]
        yield from (name for name in inner if name in modules)
        if module in modules and not (inner and all(name in modules for name in inner)):
            yield module


def room(module: str) -> str:
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
            or (one.for_types and one.top in STUBS)
            or (one.top == "dynamigrate" and (not room(one.module) or room(one.module) in rooms))
        )
    ]


def loaded_by(code: str, *options: str) -> set[str]:
    """What a fresh interpreter has loaded after *code*, with the source roots on its path."""
    roots = [str(ROOT / root) for root in ("lambda_src", "infra", "tools")]
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
