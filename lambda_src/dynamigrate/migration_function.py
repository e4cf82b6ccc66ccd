"""The function that an action calls, and why it failed."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePath
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Literal

from .callables import signature_fault, why_not_run
from .error_text import error_message, printable, type_name
from .errors import InvalidMigration, MigrationNotUndoable, MigrationsError
from .fleet import WorkerFailed
from .migration import Deferred, Migration, MigrationFunction
from .plan import Action, Direction
from .records import Failure
from .results import leftover

if TYPE_CHECKING:
    from .context import Context

_ENGINE: Final = PurePath(__file__).parent
_DEEPEST_GROUP: Final = 20


def function_of(action: Action) -> MigrationFunction:
    """
    The function that *action* calls, imported.

    Raises:
        MigrationNotUndoable: There is no undo.
        InvalidMigration: It can't be imported, or calling it would not run it.
    """
    migration = action.migration
    function: MigrationFunction | Deferred | None = migration.do if action.direction is Direction.DO else migration.undo
    if function is None:
        raise MigrationNotUndoable(
            f"{migration} can't be undone: it has no undo.",
            next_step="Nothing was run. Add an undo(ctx) to it, or write a new migration that takes it back.",
            migration_id=migration.id,
        )
    if isinstance(function, Deferred):
        function = function.resolve()
    refuse_idle(migration, action.direction, function)
    return function


def refuse_idle(migration: Migration, direction: Direction | Literal["check"], function: MigrationFunction) -> None:
    """
    Refuse a *function* that a call would not run.

    Raises:
        InvalidMigration: Calling *function* would not run it, or it can't be called with a context.
    """
    # The migration would be applied without a line of it having run.
    if (why := why_not_run(function)) is not None:
        raise InvalidMigration(
            f"{migration}: {direction} {why}, and a call would not run it.",
            next_step=f"Nothing was run. Make it a plain function: def {direction}(ctx): ...",
            migration_id=migration.id,
        )
    if (fault := signature_fault(function, "context")) is not None:
        raise InvalidMigration(
            f"{migration}: {direction} can't be called with the context alone: {fault}.",
            next_step=f"Nothing was run. Give it one argument: def {direction}(ctx): ...",
            migration_id=migration.id,
        )


def call(
    action: Action,
    function: MigrationFunction,
    context: Context,
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """
    Run *function*, within what *around* makes.

    Raises:
        InvalidMigration: It returned something that would still have to be run.
        BaseException: Whatever *function* raised.
    """
    with around():
        left = leftover(function(context))
    if left is not None:
        raise InvalidMigration(
            f"{action.direction} returned {left.what}, and should return nothing.",
            next_step=left.advice,
            migration_id=action.migration.id,
        )


def failure_of(error: BaseException, function: MigrationFunction) -> Failure:
    """
    What *function* raised, and where: the innermost line of its own file, else the innermost of all. For an error of
    the engine's, which says itself what is wrong, it is never a line of the engine's.

    Call it from where *function* was called: the outermost line of the traceback is taken for the caller's own.
    """
    if isinstance(error, WorkerFailed):
        # Of another process, which knows where.
        return error.failure
    places = _places(error)
    code: Any = getattr(_innermost(function), "__code__", None)
    own = getattr(code, "co_filename", None)
    if not isinstance(error, MigrationsError):
        places = places[1:]
    else:
        places = [place for place in places if not PurePath(place[0]).is_relative_to(_ENGINE)]
        if not places and isinstance(error, InvalidMigration) and own is not None:
            places = [(own, code.co_firstlineno)]
    where = _described(next((place for place in reversed(places) if place[0] == own), places[-1] if places else None))
    return Failure(type=type_name(error), message=error_message(error), where=where)


def place_in(frame: FrameType | None, function: MigrationFunction) -> str:
    """Where *function* is at work in *frame* and its callers: file and line, as `failure_of` has them; may be empty."""
    places = []
    while frame is not None:
        places.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    own = getattr(getattr(_innermost(function), "__code__", None), "co_filename", None)
    return _described(next((place for place in places if place[0] == own), None))


def import_place(folder: Path, error: BaseException) -> str:
    """Where in *folder* an import failed with *error*: file and line, the innermost; empty: elsewhere."""
    places = _places(error)
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        places.append((error.filename, error.lineno))
    own = [(PurePath(path).relative_to(folder), line) for path, line in places if PurePath(path).is_relative_to(folder)]
    return printable(f"{own[-1][0].as_posix()}:{own[-1][1]}") if own else ""


def _places(error: BaseException) -> list[tuple[str, int]]:
    """File and line of each call, the innermost last; of a group, also those of the first error in it."""
    places = [(frame.f_code.co_filename, line) for frame, line in _calls(error)]
    for _ in range(_DEEPEST_GROUP):
        if not isinstance(error, BaseExceptionGroup):
            break
        error = error.exceptions[0]
        places += [(frame.f_code.co_filename, line) for frame, line in _calls(error)]
    return places


def _calls(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    # A class may have another attribute of that name.
    return traceback.walk_tb(BaseException.__dict__["__traceback__"].__get__(error))


def _described(place: tuple[str, int] | None) -> str:
    return printable(f"{PurePath(place[0]).name}:{place[1]}") if place else ""


def _innermost(function: MigrationFunction) -> Any:
    """What *function* wraps, if that can be told."""
    try:
        return inspect.unwrap(function)
    except Exception:  # noqa: BLE001 - whatever its class raises when it is asked
        return function
