"""Whether a call of a migration's function would run it: what can be known before it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FunctionType
from typing import Any, Final


@contextmanager
def no_context() -> Iterator[None]:
    """An example of what the decorator makes."""
    yield


@asynccontextmanager
async def no_async_context() -> AsyncIterator[None]:
    """An example of what the decorator makes."""
    yield


# What the decorators make is a plain function: its code alone tells it from any other.
_MAKE_CONTEXTS: Final = (no_context.__code__, no_async_context.__code__)
_CACHED: Final = type(functools.cache(lambda: None))
_IDLE: Final[tuple[Callable[[object], bool], ...]] = (
    inspect.iscoroutinefunction,
    inspect.isasyncgenfunction,
    inspect.isgeneratorfunction,
)


def why_not_run(function: Any) -> str | None:
    """
    Why a call of *function* would make an object and run nothing, or None: it runs something.

    A decorator that runs what it wraps (``asyncio.run``) is judged by itself, never by what it wraps.
    """
    function = _called(function)
    if inspect.isclass(function):
        return "is a class, and calling it makes an object"
    if any(is_idle(function) for is_idle in _IDLE):
        return "is asynchronous or a generator"
    if getattr(function, "__code__", None) in _MAKE_CONTEXTS:
        return "is a context manager"
    return None


def signature_fault(function: Any, *given: object) -> str | None:
    """Why *function* can't be called with *given*, or None: it can be, or nobody can tell."""
    try:
        # Not the signature of what it wraps: a decorator may pass on more than it was given.
        signature = inspect.signature(function, follow_wrapped=False)
    except Exception:  # noqa: BLE001 - whatever its class raises when it is asked
        return None
    try:
        signature.bind(*given)
    except TypeError as error:
        return str(error)
    return None


def _called(function: Any) -> Any:
    """What runs when *function* is called: inside partials, caches, bound methods and objects with ``__call__``."""
    for _ in range(100):
        if isinstance(function, functools.partial | functools.partialmethod):
            function = function.func
        elif isinstance(function, staticmethod | classmethod) or inspect.ismethod(function):
            function = function.__func__
        elif isinstance(function, _CACHED):
            function = function.__wrapped__
        elif inspect.isroutine(function) or inspect.isclass(function):
            break
        else:
            call = inspect.getattr_static(type(function), "__call__", None)
            if call is None:
                break
            function = call
    return function


def has_method(function: object, name: str) -> bool:
    """Whether its class has that method. What somebody's function has under this name is his own."""
    return isinstance(inspect.getattr_static(type(function), name, None), FunctionType)
