"""Rules about values that are another one each time: the clock, and what is random."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..dynamodb_calls import method, texts
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
_ONCE = ("if_not_exists", "attribute_not_exists")
_STEPS = 6  # from name to name


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.steps:
        if any(mark in text for text in texts(function) for mark in _ONCE):
            continue
        for call, what in unrepeatable(function):
            if _is_kept(call, function):
                yield Hit(
                    function.module,
                    call,
                    f"{function.name} takes {what} ({function.module.dotted(call.func)}) for what it writes, and has "
                    "another one when it is run again.",
                )


def _judge_transforms(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for role in folder.roles:
        if role.kind != "transform":
            continue
        use = ItemUse.of(role, folder)
        if use.is_once or use.looks_for_its_work:
            continue
        for function in folder.reached_by(role):
            for call, what in unrepeatable(function):
                if not _is_told(call, function.module):
                    yield Hit(
                        function.module,
                        call,
                        f"{function.name} takes {what} ({function.module.dotted(call.func)}), so the same item has another "
                        "result when it is seen again.",
                    )


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


def _is_kept(node: ast.AST, function: Function, steps: int = _STEPS, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the value may come to be stored: it is not only told, compared, or subtracted from another time."""
    module = function.module
    while (parent := module.parents.get(node)) is not None:
        match parent:
            case ast.Call() if node is not parent.func and (
                method(parent) in _TOLD_TO or module.dotted(parent.func) in {"print", "time.sleep"}
            ):
                return False
            case ast.keyword(arg=str() as name) if name in _TOKENS:
                return False
            case ast.Compare():
                return False
            case ast.BinOp(op=ast.Sub(), left=left, right=right) if _is_time(right if node is left else left):
                return False
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
                | ast.NamedExpr(target=ast.Name(id=name))
            ):
                if name in seen or not steps:
                    return False
                loads = [
                    one for one in function.nodes if isinstance(one, ast.Name) and one.id == name and _is_read(one)
                ]
                return any(_is_kept(one, function, steps - 1, seen | {name}) for one in loads)
            case ast.stmt():
                return not isinstance(parent, ast.Expr | ast.If | ast.While) or _is_handed_on(node)
        node = parent
    return False


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
        if isinstance(parent, ast.Call) and node is not parent.func:
            if method(parent) in _TOLD_TO or module.dotted(parent.func) == "print":
                return True
        if isinstance(parent, ast.stmt):
            return False
        node = parent
    return False


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


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
