"""A clock that stands still, for the code of a migration."""

from __future__ import annotations

import builtins
import datetime as dt
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import unwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from dynamigrate import Backfill, Migration

# Whoever asks as often waits for something: then time goes on, a second each time.
_PATIENCE: Final = 10_000


class _Looks(type):
    """What was made before, and what others make, is of the class too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class _Changed(ModuleType):
    """A module with some names changed."""

    def __init__(self, module: ModuleType, changed: dict[str, Any]) -> None:
        super().__init__(module.__name__)
        self._module = module
        self.__dict__.update(changed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


@contextmanager
def standing_clock(migration: Migration, at: float) -> Iterator[None]:
    """
    In the files of *migration*, its own and the helpers beside it, it is always *at*, in seconds since the epoch. So two runs
    of it can be compared, and one on another day shows that a migration goes by the clock, which two runs within a second
    would not.
    """
    instead = _instead(at)
    changed: list[tuple[dict[str, Any], str, Any]] = []
    spaces = _namespaces(migration)
    modules = {module.__name__: new for module, new in instead if isinstance(module, ModuleType)}
    # Functions of theirs may import one of them when they are called.
    importing = builtins.__import__

    def imported(name: str, names: Any = None, *more: Any, **named: Any) -> Any:
        found = importing(name, names, *more, **named)
        within = name in modules and any(names is one for one in spaces)
        return modules[name] if within else found

    try:
        builtins.__import__ = imported  # type: ignore[assignment]
        for names in spaces:
            for name, value in list(names.items()):
                new = next((new for old, new in instead if value is old), None)
                if new is not None:
                    changed.append((names, name, value))
                    names[name] = new
        yield
    finally:
        builtins.__import__ = importing
        for names, name, value in changed:
            names[name] = value


def _instead(at: float) -> list[tuple[Any, Any]]:
    """What stands for what tells the time."""
    asked = 0

    def now() -> float:
        nonlocal asked
        asked += 1
        return at + max(0, asked - _PATIENCE)

    class Datetime(dt.datetime, metaclass=_Looks):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return dt.datetime.fromtimestamp(now(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return dt.datetime.fromtimestamp(now(), dt.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return dt.datetime.fromtimestamp(now())  # noqa: DTZ006 - as the one that it stands for

    class Date(dt.date, metaclass=_Looks):
        @classmethod
        def today(cls) -> Any:
            return dt.date.fromtimestamp(now())  # noqa: DTZ012 - as the one that it stands for

    functions: dict[str, Any] = {
        "time": now,
        "time_ns": lambda: int(now() * 1e9),
        "gmtime": lambda seconds=None: time.gmtime(now() if seconds is None else seconds),
        "localtime": lambda seconds=None: time.localtime(now() if seconds is None else seconds),
        "strftime": lambda form, moment=None: time.strftime(form, time.localtime(now()) if moment is None else moment),
    }
    return [
        (dt.datetime, Datetime),
        (dt.date, Date),
        (dt, _Changed(dt, {"datetime": Datetime, "date": Date})),
        *((getattr(time, name), function) for name, function in functions.items()),
        (time, _Changed(time, functions)),
    ]


def _namespaces(migration: Migration) -> list[dict[str, Any]]:
    """The globals of its functions, and of the modules beside them."""
    functions: list[Any] = [migration.do, migration.undo, migration.check]
    functions += [one.transform for one in functions if isinstance(one, Backfill)]
    functions = [unwrap(one) for one in functions if callable(one) and not isinstance(one, Backfill)]
    own = [one.__globals__ for one in functions if isinstance(one, FunctionType)]
    folders = tuple({f"{Path(str(names['__file__'])).parent}{os.sep}" for names in own if names.get("__file__")})
    # Each run looks through thousands of modules: no path is made of their names.
    beside = [vars(one) for one in list(sys.modules.values()) if str(getattr(one, "__file__", "")).startswith(folders)]
    return [*own, *(names for names in beside if not any(names is one for one in own))]
