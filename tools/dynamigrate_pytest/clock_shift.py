"""Another day, for the code of a migration."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import unwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from dynamigrate import Backfill, Migration

_SECONDS: Final = 86_400.0 + 3_661.0
_DELTA: Final = dt.timedelta(seconds=_SECONDS)


class _Looks(type):
    """What was made before, and what others make, is of the class too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.__mro__[1])


class _LaterDatetime(dt.datetime, metaclass=_Looks):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return dt.datetime.now(tz) + _DELTA

    @classmethod
    def utcnow(cls) -> Any:
        return dt.datetime.now(dt.UTC).replace(tzinfo=None) + _DELTA

    @classmethod
    def today(cls) -> Any:
        return dt.datetime.now() + _DELTA  # noqa: DTZ005 - as the one that it stands for


class _LaterDate(dt.date, metaclass=_Looks):
    @classmethod
    def today(cls) -> Any:
        return (dt.datetime.now() + _DELTA).date()  # noqa: DTZ005 - as the one that it stands for


class _Later(ModuleType):
    """A module with some names changed."""

    def __init__(self, module: ModuleType, changed: dict[str, Any]) -> None:
        super().__init__(module.__name__)
        self._module = module
        self.__dict__.update(changed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _later_time() -> float:
    return time.time() + _SECONDS


def _later_nanoseconds() -> int:
    return time.time_ns() + int(_SECONDS * 1e9)


def _later_gmtime(seconds: float | None = None) -> time.struct_time:
    return time.gmtime(_later_time() if seconds is None else seconds)


def _later_localtime(seconds: float | None = None) -> time.struct_time:
    return time.localtime(_later_time() if seconds is None else seconds)


def _later_strftime(form: str, moment: Any = None) -> str:
    return time.strftime(form, _later_localtime() if moment is None else moment)


_FUNCTIONS: Final[dict[str, Any]] = {
    "time": _later_time,
    "time_ns": _later_nanoseconds,
    "gmtime": _later_gmtime,
    "localtime": _later_localtime,
    "strftime": _later_strftime,
}
_LATER: Final[tuple[tuple[Any, Any], ...]] = (
    (dt.datetime, _LaterDatetime),
    (dt.date, _LaterDate),
    (dt, _Later(dt, {"datetime": _LaterDatetime, "date": _LaterDate})),
    *((getattr(time, name), later) for name, later in _FUNCTIONS.items()),
    (time, _Later(time, _FUNCTIONS)),
)


@contextmanager
def shifted_clock(migration: Migration) -> Iterator[None]:
    """
    In the files of *migration*, its own and the helpers beside it, it is more than a day later. A second that two runs share
    would hide from a test that a migration looks at the clock.
    """
    changed: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for names in _namespaces(migration):
            for name, value in list(names.items()):
                later = next((new for old, new in _LATER if value is old), None)
                if later is not None:
                    changed.append((names, name, value))
                    names[name] = later
        yield
    finally:
        for names, name, value in changed:
            names[name] = value


def _namespaces(migration: Migration) -> list[dict[str, Any]]:
    """The globals of its functions, and of the modules beside them."""
    functions: list[Any] = [migration.do, migration.undo, migration.check]
    functions += [one.transform for one in functions if isinstance(one, Backfill)]
    functions = [unwrap(one) for one in functions if callable(one) and not isinstance(one, Backfill)]
    own = [one.__globals__ for one in functions if isinstance(one, FunctionType)]
    folders = {Path(str(names["__file__"])).parent for names in own if names.get("__file__")}
    beside = [
        vars(module)
        for module in list(sys.modules.values())
        if (file := getattr(module, "__file__", None)) and any(Path(file).is_relative_to(folder) for folder in folders)
    ]
    return [*own, *(names for names in beside if not any(names is one for one in own))]
