"""What a migration's source says of itself, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ..errors import InvalidMigration
from .checkpoints import may_keep_checkpoints
from .choices import PROPS, Changed, IfNotReady, OutOfOrder, Phase, Recover, RestorePointSetting, choices
from .gate import IDLE_SOAK, fault_of_soak
from .names import id_key, is_id

# A setting of one migration is an assignment in its module, with one of these values.
SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "out_of_order": choices(OutOfOrder),
    "changed": choices(Changed),
    "phase": choices(Phase),
    "if_not_ready": choices(IfNotReady),
    "recover": choices(Recover),
    "restore_point": choices(RestorePointSetting),
}

_CONTEXT_MANAGERS: Final = ("contextmanager", "asynccontextmanager")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def parse(path: Path, migration_id: str) -> ast.Module:
    """
    Raises:
        InvalidMigration: The file can't be read, or is not valid Python.
    """
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise InvalidMigration(
            f"{path} can't be read: {error.strerror or error}.",
            next_step="Allow this user to read the file, or remove it.",
            migration_id=migration_id,
        ) from error
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else str(path)
        raise InvalidMigration(
            f"{where} is not valid Python: {getattr(error, 'msg', None) or error}.",
            next_step="Correct the file and deploy again.",
            migration_id=migration_id,
        ) from error
    except (RecursionError, MemoryError) as error:
        raise InvalidMigration(
            f"{path} has an expression that is nested too deeply for Python.",
            next_step="Write it as a loop, or as data in a file beside it.",
            migration_id=migration_id,
        ) from error


class Module:
    """
    The names that a migration's module binds when it runs.

    Raises:
        InvalidMigration: From every method: what is written there can't be; with the line.
    """

    def __init__(self, path: Path, migration_id: str, tree: ast.Module) -> None:
        self._path = path
        self._id = migration_id
        self._tree = tree
        self._names = dict(_bindings(_statements(tree.body)))
        self._at_top = dict(_bindings(tree.body))

    def check_do(self) -> None:
        if "do" not in self._names:
            next_step = "Add a function do(ctx), and undo(ctx) if it can be taken back."
            if "*" in self._names:
                next_step = "Write out what it imports by *: from ._helper import do, undo."
            raise self._invalid(f"{self._path} does not define do.", next_step)
        self._check_function("do")

    def has(self, name: str) -> bool:
        """Whether there is a function of that name: ``undo`` or ``check``."""
        value = self._names.get(name)
        if name not in self._names or (isinstance(value, ast.Constant) and value.value is None):
            return False
        self._check_function(name)
        return True

    def soak(self) -> str | None:
        """How long what it requires must have been met, as it is written; None: it does not say."""
        value = self._written_out("soak", 'a duration, such as "7d"')
        if value is None:
            return None
        text = value.value if isinstance(value, ast.Constant) else None
        if fault := fault_of_soak(text):
            raise self._invalid(
                f"{self._at(value)}: soak must be a duration above 0, written out: {fault}.",
                'Write it as soak = "7d"; there are d, h, m and s, as in "1h30m".',
            )
        if "requires" not in self._names:
            raise self._invalid(f"{self._at(value)}: {IDLE_SOAK[0]}.", f"{IDLE_SOAK[1]}.")
        return str(text)

    def setting(self, name: str) -> str | None:
        """The value of one of `SETTINGS`, or None: the file does not say."""
        what = f"one of {', '.join(map(repr, SETTINGS[name]))}"
        value = self._written_out(name, what)
        if value is None:
            return None
        if isinstance(value, ast.Constant) and value.value in SETTINGS[name]:
            return str(value.value)
        default = "the setting of the whole folder" if name in PROPS else f"{SETTINGS[name][0]!r}"
        raise self._invalid(
            f"{self._at(value)}: {name} must be {what}, written out.",
            f"Correct the assignment, or remove it to have {default}.",
        )

    def detached(self) -> bool:
        """Whether a deploy goes on without waiting for it."""
        value = self._written_out("detached", "True or False")
        if value is None:
            return False
        if not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
            raise self._invalid(
                f"{self._at(value)}: detached must be True or False, written out.",
                "Write it as detached = True, or remove it to have the deploy wait for this one.",
            )
        if value.value and not may_keep_checkpoints(self._tree, self._names):
            raise self._invalid(
                f"{self._path} says detached = True, and keeps no checkpoints: its do is no Backfill, and never calls "
                "ctx.checkpoint.save, so it could not go on after the first fifteen minutes.",
                "Make it a Backfill, have it save checkpoints, or remove detached.",
            )
        return value.value

    def requires(self) -> tuple[str, ...]:
        """The ids of what must be applied before it."""
        return self._ids("requires")

    def replaces(self) -> tuple[str, ...]:
        """The ids that it stands for."""
        ids = self._ids("replaces")
        newer = [one for one in ids if id_key(one) > id_key(self._id)]
        if newer:
            raise self._invalid(
                f"{self._path} can't replace {', '.join(newer)}, which is newer.",
                "Give it an id above all that it replaces, or that of the newest of them.",
            )
        return ids

    def _ids(self, name: str) -> tuple[str, ...]:
        """The list of ids that is assigned to *name*; empty: nothing is."""
        value = self._written_out(name, "a list of ids")
        if value is None:
            return ()
        ids: object = None
        if isinstance(value, ast.List | ast.Tuple):
            ids = [one.value if isinstance(one, ast.Constant) else None for one in value.elts]
        if not isinstance(ids, list) or not ids or not all(is_id(one) for one in ids):
            raise self._invalid(
                f"{self._at(value)}: {name} must be a list of ids, written out.",
                f'Write it as {name} = ["20261102090000", "20261109143000"].',
            )
        return tuple(ids)

    def _written_out(self, name: str, what: str) -> ast.AST | None:
        """
        What is assigned to *name* at the top level; None: nothing is.

        A value that depends on a condition can't be known without running the file.
        """
        if name in self._names and name not in self._at_top:
            raise self._invalid(
                f"{self._path}: {name} must be {what}, written out at the top level of the file.",
                "Take the assignment out of its block.",
            )
        # A function of that name is no value either.
        return (self._at_top[name] or ast.Pass()) if name in self._at_top else None

    def _check_function(self, name: str) -> None:
        value, seen = self._names[name], {name}
        while isinstance(value, ast.Name) and value.id in self._names and value.id not in seen:
            seen.add(value.id)
            value = self._names[value.id]
        if isinstance(value, ast.Constant):
            what = f"{value.value!r}, which can't be called"
        elif isinstance(value, ast.ClassDef):
            what = "" if value.decorator_list else "a class, and a call would only make an object of it"
        elif isinstance(value, _Function | ast.Lambda):
            what = _why_not(value)
        else:
            return
        if what:
            raise self._invalid(
                f"{self._path}:{getattr(value, 'lineno', 1)}: {name} is {what}.",
                f"Make it a function: def {name}(ctx): ...",
            )

    def _at(self, value: ast.AST) -> str:
        return f"{self._path}:{getattr(value, 'lineno', 1)}"

    def _invalid(self, message: str, next_step: str) -> InvalidMigration:
        return InvalidMigration(message, next_step=next_step, migration_id=self._id)


def _why_not(function: _Function | ast.Lambda) -> str:
    """Why calling *function* with the context would not run it; empty: it would, as far as can be seen."""
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    if any(_last_name(one) in _CONTEXT_MANAGERS for one in decorators):
        return "a context manager, and a call would not run it"
    if decorators:
        return ""  # what a decorator makes of it can't be seen
    if isinstance(function, ast.AsyncFunctionDef):
        kind = "an asynchronous generator" if _yields(function) else "asynchronous (async def)"
        return f"{kind}, and a call would not run it"
    if _yields(function):
        return "a generator (it has a yield), and a call would not run it"
    return _why_not_called(function.args)


def _why_not_called(given: ast.arguments) -> str:
    positional = [*given.posonlyargs, *given.args]
    needed = len(positional) - len(given.defaults)
    named = [one.arg for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value is None]
    if not positional and not given.vararg:
        return "a function that takes no argument, and is called with one, the context"
    if needed > 1:
        return f"a function that needs {needed} arguments, and is called with one, the context"
    if named:
        return f"a function that needs {', '.join(named)} by name, and is called with the context alone"
    return ""


def _last_name(decorator: ast.expr) -> str:
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _yields(function: _Function | ast.Lambda) -> bool:
    """Whether it has a ``yield`` of its own, not one of a function inside it."""
    waiting: list[ast.AST] = list(function.body) if isinstance(function.body, list) else [function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All that run with the module, in order: those inside blocks too, those of functions and classes not."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, _Function | ast.ClassDef):
            blocks = (ast.stmt, ast.excepthandler, ast.match_case)
            waiting.extend(reversed([one for one in ast.iter_child_nodes(node) if isinstance(one, blocks)]))


def _bindings(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.AST | None]]:
    """Names that *statements* bind, with the function, or the expression where one is assigned."""
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, statement
            case ast.ClassDef(name=name):
                yield name, statement
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _targets(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                for alias in aliases:
                    yield alias.asname or alias.name.partition(".")[0], None


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.AST | None]]:
    if isinstance(target, ast.Name):
        yield target.id, value
        return
    inside = (ast.Tuple, ast.List)
    if isinstance(target, inside):
        pairs = value.elts if isinstance(value, inside) and len(value.elts) == len(target.elts) else None
        for number, one in enumerate(target.elts):
            if isinstance(one, ast.Name):
                yield one.id, pairs[number] if pairs else None
