"""What a migration's function returned: nothing, or something that would still have to be run."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .callables import no_async_context, no_context
from .error_text import printable, type_name

# In a list or a dict of results, this many are looked at.
_MOST_PARTS: Final = 1_000


_CONTEXTS: Final = (type(no_context()), type(no_async_context()))


@dataclass(frozen=True)
class Leftover:
    """
    Work that was described and not done.

    Attributes:
        what: The work, in words.
        advice: How to have it done.
    """

    what: str
    advice: str


def leftover(returned: Any) -> Leftover | None:
    """
    What in *returned* would still have to be run, or None; coroutines in it are closed.

    Raises:
        BaseException: What *returned* failed with, where it is a future that is done.
    """
    if returned is None or isinstance(returned, str | bytes | int | float):
        return None
    found = _leftover(returned, alone=True)
    for part in _parts(returned):
        if (inside := _leftover(part, alone=False)) is not None:
            found = found or Leftover(f"{_a(type_name(returned))} with {inside.what}", inside.advice)
    return found


def _leftover(value: Any, *, alone: bool) -> Leftover | None:
    """*alone*: it is all that was returned, so what might be a plain value in a list is not meant as one."""
    if inspect.iscoroutine(value):
        # Else Python warns that it was never awaited, after all has been said.
        value.close()
        return Leftover(f"a coroutine ({_name(value)}), which nobody awaits", "Run it: asyncio.run(main(ctx)).")
    if isinstance(value, _CONTEXTS):
        return Leftover("a context manager that was not entered", "Enter it: with steps(ctx): ...")
    if inspect.isgenerator(value):
        return Leftover(f"a generator ({_name(value)}), which nobody runs", "Run it: for _ in steps(ctx): pass.")
    if inspect.isasyncgen(value) or hasattr(type(value), "__anext__"):
        return Leftover(
            "an async generator, which nobody runs", "Run it inside a coroutine, and that with asyncio.run(main(ctx))."
        )
    if (ended := _has_ended(value)) is not None:
        return None if ended else Leftover(f"{_a(type_name(value))} that is not done", "Wait for its result.")
    if isinstance(value, Awaitable):
        return Leftover(f"an awaitable ({type_name(value)}), which nobody awaits", "Run it: asyncio.run(main(ctx)).")
    if _is_thread(value):
        return Leftover(f"{_a(type_name(value))} that has not ended", "Start it and wait for its end: start(), join().")
    if isinstance(value, _of_backfills("Update", "Put", "Delete")):
        return Leftover(
            f"{_a(type_name(value))}, which writes nothing by itself",
            "A Backfill's transform returns such; do itself writes with ctx.dynamodb.",
        )
    return _maybe_meant(value) if alone or isinstance(value, _of_backfills("Backfill")) else None


def _maybe_meant(value: Any) -> Leftover | None:
    if callable(value):
        name = _name(value)
        if inspect.isroutine(value) or inspect.isclass(value):
            return Leftover(f"{name}, which can be called and was not", f"Call it: {name}(ctx).")
        return Leftover(
            f"{_a(name)}, which was not called", f"Have do be it: do = {name}(...); or call it: {name}(...)(ctx)."
        )
    if isinstance(value, Iterator):
        return Leftover(
            f"an iterator ({type_name(value)}), which does its work as somebody asks for it",
            "Run it to its end: for _ in steps: pass.",
        )
    return None


def _parts(returned: Any) -> list[Any]:
    if type(returned) in (list, tuple, set, frozenset):
        return list(returned)[:_MOST_PARTS]
    if isinstance(returned, dict):
        return list(Mapping.values(returned))[:_MOST_PARTS]
    return []


def _has_ended(value: Any) -> bool | None:
    """
    Whether a future has ended, be it of asyncio, of a pool, or of anything that keeps to their protocols; None: it is
    no future.

    Raises:
        BaseException: What it failed with, which is what the migration failed with.
    """
    for asked, result in (("done", "result"), ("ready", "get")):
        if all(callable(getattr(type(value), name, None)) for name in (asked, result)):
            if not getattr(value, asked)():
                return False
            getattr(value, result)()
            return True
    return None


def _is_thread(value: Any) -> bool:
    """Whether it is a thread or a process that was not started, or has not ended."""
    if not all(callable(getattr(type(value), name, None)) for name in ("start", "join", "is_alive")):
        return False
    return getattr(value, "ident", None) is None or value.is_alive()


def _of_backfills(*names: str) -> tuple[type, ...]:
    """Classes of the backfills, which this module can't import. Where there is an object of one, they were imported."""
    backfill = sys.modules.get(f"{__package__}.backfill")
    return tuple(getattr(backfill, name) for name in names) if backfill else ()


def _a(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"


def _name(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    return printable(name.rpartition(".")[2], 100) if isinstance(name, str) else type_name(value)
