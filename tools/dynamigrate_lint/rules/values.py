"""Rules about values that are another one each time: the clock, and what is random."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from ..dynamodb_calls import calls, method, texts
from ..folder import Folder
from ..item_use import ItemUse
from ..module import Module
from ..reach import Function
from ..rule import Hit, Rule, Surroundings

_CLOCK = frozenset(
    {
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
        *("time.time", "time.time_ns", "time.ctime", "arrow.now", "arrow.utcnow", "pendulum.now"),
    }
)
# They tell the present where they are given no time.
_CLOCK_BY_DEFAULT = {"time.gmtime": 0, "time.localtime": 0, "time.strftime": 1}
_RANDOM = frozenset({"uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "os.urandom"})
_RANDOM_MODULES = ("random.", "secrets.", "ulid.", "nanoid.", "ksuid.", "shortuuid.")
_HARMLESS = frozenset({"random.seed", "random.Random", "secrets.compare_digest"})
# What is told to people, or only takes time.
_TOLD_TO = frozenset(
    {
        *("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "progress"),
        *("sleep", "wait", "set_description", "secho", "echo", "create_backup"),
    }
)
_TOKENS = frozenset({"ClientRequestToken", "ClientToken", "IdempotencyToken", "BackupName"})
# Names of what says when it was written, and of what is kept elsewhere: there the present is meant.
_MEANS_NOW = re.compile(
    r"(updated|modified|changed|migrated|converted|processed|extracted|indexed|imported|generated|synced|saved|checked"
    r"|backfilled|written|seeded|archived|run|started|finished)_?(at|on|date|time|ts|timestamp)?$"
    r"|(^|_)(backup|path|file|folder|log|elapsed|duration)(_|$)",
    re.IGNORECASE,
)
_STEPS = 6  # from name to name


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.steps:
        if _is_done_once(function):
            continue
        for call, what in unrepeatable(function):
            if _is_kept(call, function, what == "the time"):
                name = function.module.dotted(call.func)
                told = f"{function.name} takes {what} ({name}) for what it writes, and has another one when it is run again."
                yield Hit(function.module, call, told)


def _judge_transforms(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for role, _use in ItemUse.of_unchecked(folder):
        for function in folder.reached_by(role):
            for call, what in unrepeatable(function):
                if not _is_told(call, function.module):
                    yield Hit(
                        function.module,
                        call,
                        f"{function.name} takes {what} ({function.module.dotted(call.func)}), so the same item has another "
                        "result when it is seen again.",
                    )


def _is_done_once(function: Function) -> bool:
    """Whether the function writes only where nothing is: of an item whose key is drawn anew that says nothing."""
    said = " ".join(texts(function))
    if "attribute_not_exists" in said:
        return not any(calls(function, "put_item", "transact_write_items"))
    return "if_not_exists" in said


def unrepeatable(function: Function) -> Iterator[tuple[ast.Call, str]]:
    """Calls whose result nobody can foretell, and what it is."""
    for node in function.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = function.module.dotted(node.func)
        if name in _CLOCK or len(node.args) == _CLOCK_BY_DEFAULT.get(name, -1):
            yield node, "the time"
        elif name not in _HARMLESS and (name in _RANDOM or name.startswith(_RANDOM_MODULES)):
            yield node, "a random value"


class _Use(NamedTuple):
    """A value on its way through a function: where it is, and by which names it went."""

    function: Function
    is_time: bool
    seen: frozenset[str] = frozenset()


def _is_kept(node: ast.AST, function: Function, is_time: bool) -> bool:  # noqa: FBT001 - it has two callers
    """Whether the value may come to be stored: it is not only told, compared, or subtracted from another time."""
    return _is_stored(node, _Use(function, is_time))


def _is_stored(node: ast.AST, use: _Use) -> bool:
    module = use.function.module
    while (parent := module.parents.get(node)) is not None:
        if _ends_there(node, parent, use):
            return False
        name = _bound_name(parent)
        if name:
            return _is_stored_as(name, use)
        if isinstance(parent, ast.stmt):
            return not isinstance(parent, ast.Expr | ast.If | ast.While) or _is_handed_on(node)
        node = parent
    return False


def _ends_there(node: ast.AST, parent: ast.AST, use: _Use) -> bool:
    """Whether the value goes no further than into *parent*."""
    match parent:
        case ast.Call() if node is not parent.func:
            return method(parent) in _TOLD_TO or use.function.module.dotted(parent.func) in {"print", "pathlib.Path"}
        case ast.keyword(arg=str() as name):
            return name in _TOKENS or (use.is_time and _means_now(name))
        case ast.Compare():
            return True
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            return _is_time(right if node is left else left)
        case ast.Dict(keys=keys, values=values):
            key = next((one for one, value in zip(keys, values, strict=True) if value is node), None)
            return use.is_time and isinstance(key, ast.Constant) and _means_now(str(key.value))
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str() as name))]):
            return use.is_time and _means_now(name)
        case _:
            return False


def _bound_name(parent: ast.AST) -> str:
    match parent:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.NamedExpr(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def _is_stored_as(name: str, use: _Use) -> bool:
    if name in use.seen or len(use.seen) >= _STEPS or (use.is_time and _means_now(name)):
        return False
    further = use._replace(seen=use.seen | {name})
    loads = [
        one
        for one in use.function.nodes
        if isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Load)
    ]
    return any(_is_stored(one, further) for one in loads)


def _means_now(name: str) -> bool:
    return _MEANS_NOW.search(name) is not None


def _is_handed_on(node: ast.AST) -> bool:
    """A statement that is a call: what it does with its arguments is not known."""
    return isinstance(node, ast.Call) and bool(node.args or node.keywords)


def _is_time(other: ast.AST) -> bool:
    """Whether what is subtracted, or subtracted from, is a time: the result is a duration then."""
    if isinstance(other, ast.Name | ast.Attribute | ast.Subscript):
        return True
    return isinstance(other, ast.Call) and not (
        (isinstance(other.func, ast.Name) and other.func.id == "timedelta") or method(other) == "timedelta"
    )


def _is_told(node: ast.AST, module: Module) -> bool:
    while (parent := module.parents.get(node)) is not None:
        told = isinstance(parent, ast.Call) and node is not parent.func
        if (
            told
            and isinstance(parent, ast.Call)
            and (method(parent) in _TOLD_TO or module.dotted(parent.func) == "print")
        ):
            return True
        if isinstance(parent, ast.stmt):
            return False
        node = parent
    return False


UNREPEATABLE = Rule(
    code="DYN101",
    name="unrepeatable",
    reason="A migration may run twice: it was killed after half of its work, or is undone and done again. An id that is "
    "drawn anew makes the same items a second time, and a time that is taken anew makes items differ that were to be "
    "alike.",
    fix="Make the value from what is there: uuid5 of the item's key, a time that is written out, "
    "ctx.migration.id; or write it only where there is none (if_not_exists).",
    judge=_judge,
)

UNREPEATABLE_TRANSFORM = Rule(
    code="DYN204",
    name="unrepeatable-transform",
    reason="A transform sees an item again: after a conflict, after a stop, and when the work is verified. With another "
    "value each time it never settles: each look wants to write again what is done.",
    fix='Look first whether the work is done (if "id" not in item); or make the value from what is in the item (uuid5 of '
    "its key); or say once=True.",
    judge=_judge_transforms,
    at_synth=True,
)
