"""The changes of state that a target knows, and what the tests change with them."""

from collections.abc import Callable
from typing import Any

from dynamigrate.records import Details, Failure

Change = Callable[[Any, str], None]


FAILURE = Failure(type="KeyError", message="'status'", where="1_add_status.py:14")


DETAILS = Details(
    description="add status", checksum="0a" * 16, run_id="run-1", actor="deploy of shop", app_version="1.2.3"
)


# Every change of state but the one that makes an item.
CHANGES: dict[str, Change] = {
    "start_migration": lambda target, one: target.start_migration(one),
    "resume_migration": lambda target, one: target.resume_migration(one),
    "turn_back": lambda target, one: target.turn_back(one),
    "finish_migration": lambda target, one: target.finish_migration(one),
    "remove": lambda target, one: target.remove(one),
    "fail": lambda target, one: target.fail(one, FAILURE),
    "save_checkpoint": lambda target, one: target.save_checkpoint(one, {"after": 7}),
    "save_progress": lambda target, one: target.save_progress(one, 1, 2),
}


ONLY_DIRTY = ["resume_migration", "turn_back", "fail", "save_checkpoint", "save_progress"]


BEGINNINGS = ["add", "start_migration", "resume_migration", "turn_back"]


ALL_CHANGES: dict[str, Change] = {"add": lambda target, one: target.add(one), **CHANGES}
