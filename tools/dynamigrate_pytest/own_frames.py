"""A migration that raises, told by its own lines: what lies between these and the test is nobody's business."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

import dynamigrate
from dynamigrate import MigrationFailed

_OURS: Final = tuple(str(Path(file).parent) for file in (str(dynamigrate.__file__), __file__))


class own_frames:  # noqa: N801 - it is called as a function is
    """
    A block in which a migration runs; where it raises, the traceback has the frames of its own code alone.

    No function of contextlib's: that puts the traceback back as it was.
    """

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        __tracebackhide__ = True
        if isinstance(error, MigrationFailed):
            raise error.with_traceback(None) from _cause(error)


def _cause(failed: MigrationFailed) -> BaseException | None:
    """What the migration's code raised, without the engine's frames: what the engine made of that, *failed* says."""
    found = error = failed.__cause__
    while error is not None:
        if (own := _without_ours(error.__traceback__)) is not None:
            found = error.with_traceback(own)
        error = error.__cause__
    if found is not None:
        found.__cause__ = None
        found.__suppress_context__ = True
    return found


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    frames = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(_OURS):
            frames.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for one in reversed(frames):
        kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept
