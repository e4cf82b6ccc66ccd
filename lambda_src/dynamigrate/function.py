"""The function that an action calls, and why it failed."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from .error_text import error_message, printable, type_name
from .errors import InvalidMigration, MigrationNotUndoable, MigrationsError
from .migration import Deferred, MigrationFunction
from .plan import Action, Direction
from .records import Failure

_ENGINE: Final = PurePath(__file__).parent


def function_of(action: Action) -> MigrationFunction:
    """
    What *action* calls, imported.

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
    # Calling one of these only makes an object: the migration would be applied without a line of it having run.
    idle: tuple[Callable[[object], bool], ...] = (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    )
    if any(is_idle(function) for is_idle in idle):
        raise InvalidMigration(
            f"{migration}: {action.direction} is asynchronous or a generator, and a call would not run it.",
            next_step=f"Nothing was run. Make it a plain function: def {action.direction}(ctx): ...",
            migration_id=migration.id,
        )
    return function


def failure_of(error: BaseException, function: MigrationFunction) -> Failure:
    """
    What *function* raised, and where: the innermost line of its own file, else the innermost of all; of an error of
    ours, which says what is wrong, never a line of the engine's.

    To be called where *function* was: the outermost line of the traceback is the caller's own.
    """
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    if isinstance(error, MigrationsError):
        frames = [frame for frame in frames if not PurePath(frame.filename).is_relative_to(_ENGINE)]
    innermost = frames[-1] if frames else None
    frame = next((frame for frame in reversed(frames) if frame.filename == own), innermost)
    where = f"{PurePath(frame.filename).name}:{frame.lineno}" if frame else ""
    return Failure(type=type_name(error), message=error_message(error), where=printable(where))
