"""What a process shares with the migrations that run in it, put back as it was after each of them."""

from __future__ import annotations

import builtins
import decimal
import gc
import http.client
import json
import locale
import logging
import os
import random
import secrets
import signal
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import environ
from pathlib import Path
from types import ModuleType
from typing import Any, Final

# Modules that sending the answer needs; a migration that replaced a part of one meant it for its own calls.
_MODULES: Final[tuple[ModuleType, ...]] = (
    builtins,
    http.client,
    json,
    logging,
    os,
    random,
    secrets,
    socket,
    ssl,
    threading,
    time,
    urllib.parse,
    urllib.request,
)
_OURS: Final = "dynamigrate"
_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGALRM", "SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM") if hasattr(signal, name)
)
_CONTEXT: Final = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


class put_back:  # noqa: N801 - it is called as a function is
    """
    Whatever is done in the block, these are as before after it: environment variables, working directory, umask,
    signals and alarms, streams, logging, warnings, limits of the interpreter, locale, decimal arithmetic, and modules
    that somebody replaced, as a whole or in part.
    """

    def __enter__(self) -> None:
        self._variables = Variables()
        self._undo = [keep() for keep in _KEPT]

    def __exit__(self, *_: object) -> None:
        for one in [*self._undo, self._variables.set]:
            # Where one thing can't be put back, the others still are.
            with suppress(Exception):
                one()


class Variables:
    """The process's environment variables, as they are when this is made."""

    def __init__(self) -> None:
        self._before = dict(environ)

    def set(self) -> None:
        """Set them to that again."""
        _set_variables(self._before)

    @contextmanager
    def as_before(self) -> Iterator[None]:
        """Set them to that for the block."""
        now = dict(environ)
        self.set()
        try:
            yield
        finally:
            _set_variables(now)


def _set_variables(wanted: Mapping[str, str]) -> None:
    if dict(environ) == wanted:
        return
    zone = environ.get("TZ")
    for name in set(environ) - set(wanted):
        del environ[name]
    environ.update(wanted)
    if environ.get("TZ") != zone:
        time.tzset()


def _interpreter() -> Callable[[], None]:
    recursion, interval, collects, trace = (
        sys.getrecursionlimit(),
        sys.getswitchinterval(),
        gc.isenabled(),
        sys.gettrace(),
    )
    streams = {name: getattr(sys, name, None) for name in ("stdin", "stdout", "stderr", "excepthook", "displayhook")}

    def undo() -> None:
        sys.setrecursionlimit(recursion)
        sys.setswitchinterval(interval)
        (gc.enable if collects else gc.disable)()
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        for name, value in streams.items():
            setattr(sys, name, value)

    return undo


def _modules() -> Callable[[], None]:
    loaded = dict(sys.modules)
    parts = [(module, dict(vars(module))) for module in _MODULES]

    def undo() -> None:
        for name, module in loaded.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
        for module, before in parts:
            now = vars(module)
            for name, value in before.items():
                if name not in now or now[name] is not value:
                    setattr(module, name, value)

    return undo


def _process() -> Callable[[], None]:
    mask = os.umask(0)
    os.umask(mask)
    timeout = socket.getdefaulttimeout()
    try:
        folder: Path | None = Path.cwd()
    except OSError:
        folder = None

    def undo() -> None:
        os.umask(mask)
        socket.setdefaulttimeout(timeout)
        if folder is not None:
            os.chdir(folder)

    return undo


def _signals() -> Callable[[], None]:
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    armed = signal.getitimer(signal.ITIMER_REAL)[0]

    def undo() -> None:
        if not armed:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            if handler is not None and signal.getsignal(number) is not handler:
                # Only the main thread may do this; Lambda calls the function in it.
                signal.signal(number, handler)

    return undo


def _numbers() -> Callable[[], None]:
    context = decimal.getcontext().copy()
    default = {name: getattr(decimal.DefaultContext, name) for name in _CONTEXT}
    traps = dict(decimal.DefaultContext.traps)
    spoken = locale.setlocale(locale.LC_ALL)

    def undo() -> None:
        decimal.setcontext(context)
        for name, value in default.items():
            setattr(decimal.DefaultContext, name, value)
        decimal.DefaultContext.traps.update(traps)
        if locale.setlocale(locale.LC_ALL) != spoken:
            locale.setlocale(locale.LC_ALL, spoken)

    return undo


def _warnings() -> Callable[[], None]:
    filters, show = list(warnings.filters), warnings.showwarning

    def undo() -> None:
        warnings.showwarning = show
        if list(warnings.filters) != filters:
            warnings.filters[:] = filters  # type: ignore[index]
            # Python forgets what it had decided by the other filters.
            getattr(warnings, "_filters_mutated", lambda: None)()

    return undo


def _logging() -> Callable[[], None]:
    loggers = [logging.root, *_our_loggers()]
    before = [(logger, _kept(logger), list(logger.handlers), list(logger.filters)) for logger in loggers]
    handlers = {handler for logger in loggers for handler in logger.handlers}
    parts = [(handler, dict(vars(handler)), list(handler.filters)) for handler in handlers]
    disabled, factory, kind = logging.root.manager.disable, logging.getLogRecordFactory(), logging.getLoggerClass()

    def undo() -> None:
        logging.disable(disabled)
        logging.setLogRecordFactory(factory)
        logging.setLoggerClass(kind)
        for handler, values, filters in parts:
            if getattr(values.get("stream"), "closed", False):
                # It can't be opened again; a handler of a file opens its own.
                del values["stream"]
            vars(handler).update(values)
            handler.filters[:] = filters
        for logger, kept, its_handlers, filters in before:
            for name, value in kept.items():
                setattr(logger, name, value)
            logger.setLevel(kept["level"])
            logger.handlers[:], logger.filters[:] = its_handlers, filters

    return undo


def _our_loggers() -> list[logging.Logger]:
    found = logging.root.manager.loggerDict.items()
    return [one for name, one in found if name.partition(".")[0] == _OURS and isinstance(one, logging.Logger)]


def _kept(logger: logging.Logger) -> dict[str, Any]:
    return {name: getattr(logger, name) for name in ("level", "propagate", "disabled")}


# First comes what the others need to be put back.
_KEPT: Final = (_interpreter, _modules, _process, _signals, _numbers, _warnings, _logging)
