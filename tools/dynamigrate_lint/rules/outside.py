"""A rule about transforms that reach for more than their item."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..dynamodb_calls import WRITES, method
from ..folder import Folder
from ..reach import Function
from ..rule import Hit, Rule, Surroundings
from .clients import MAKERS

_NETWORK = (
    *("requests.", "httpx.", "aiohttp.", "urllib.request.", "urllib3.", "http.client.", "socket."),
    *("smtplib.", "ftplib.", "paramiko.", "grpc.", "redis.", "psycopg2.", "psycopg.", "pymysql.", "pymongo."),
)
_FILES = frozenset(
    {
        *("open", "io.open", "os.open", "os.remove", "os.unlink", "os.rename", "os.makedirs", "os.mkdir", "os.listdir"),
        *("tempfile.NamedTemporaryFile", "tempfile.mkstemp", "tempfile.TemporaryDirectory"),
    }
)
_OF_PATHS = frozenset({"read_text", "read_bytes", "write_text", "write_bytes"})
_PROCESSES = ("subprocess.", "os.system", "os.popen", "os.spawn", "shutil.")
_REMEMBERED = frozenset({"functools.cache", "functools.lru_cache", "functools.cached_property"})


def _judge(folder: Folder, around: Surroundings) -> Iterator[Hit]:
    for function in folder.transforms:
        if _is_remembered(function):
            continue
        for node in function.nodes:
            if isinstance(node, ast.Call) and (what := _reached(node, function, folder)):
                yield Hit(function.module, node, f"{function.name} {what}, for each item, on many threads.")


def _reached(call: ast.Call, function: Function, folder: Folder) -> str:
    name = function.module.dotted(call.func)
    top = name.partition(".")[0].removesuffix("()")
    is_imported = top in {one.partition(".")[0] for one in function.module.imports.values()}
    if name in MAKERS:
        return "makes a client of AWS"
    if is_imported and f"{name}.".startswith(_NETWORK):
        return f"goes to the network ({name})"
    if is_imported and name.startswith(_PROCESSES):
        return f"starts a process or moves files ({name})"
    if name in _FILES or method(call) in _OF_PATHS or (method(call) == "open" and name.startswith("pathlib.Path()")):
        return f"opens a file ({name or method(call)})"
    if method(call) in WRITES:
        return f"writes by itself ({method(call)})"
    if isinstance(call.func, ast.Attribute) and _is_client(call.func.value, function, folder):
        return f"calls AWS ({name})"
    return ""


def _is_client(expression: ast.expr, function: Function, folder: Folder) -> bool:
    """Whether it is a name that the file, or one that it imports from, binds to a client."""
    if not isinstance(expression, ast.Name):
        return False
    found = folder.reach.value(function.module, expression.id)
    if found is None:
        return False
    home, made = found
    if not isinstance(made, ast.Call):
        return False
    name = home.dotted(made.func)
    return name in MAKERS or any(name.startswith(f"{maker}()") for maker in MAKERS)


def _is_remembered(function: Function) -> bool:
    """Whether it is called once for each argument."""
    for one in getattr(function.node, "decorator_list", []):
        if function.module.dotted(one).removesuffix("()") in _REMEMBERED:
            return True
    return False


OUTSIDE_WORLD = Rule(
    code="DYN203",
    name="outside-world",
    reason="A transform is called for every item, on several threads, again after each conflict, and where nothing is to "
    "be written: for an estimate, in a dry run, when the work is verified. What it sends or writes by itself happens each "
    "of these times, and nothing paces or guards it.",
    fix="Return what is to be written: Put(..., table=...) for another table, a list for a transaction. What it needs to "
    "know, read before: at the top of the file, or in a migration of its own that stores it.",
    judge=_judge,
    at_synth=True,
)
