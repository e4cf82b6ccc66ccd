"""The front door of a person's own process: what it does when that person interrupts."""

from pathlib import Path

from dynamigrate import FolderSource, MemoryTarget
from dynamigrate.commands.process_door import ProcessDoor
from dynamigrate.commands.registry import respond


def _folder(tmp_path: Path, *bodies: str) -> Path:
    for number, body in enumerate(bodies, start=1):
        (tmp_path / f"{number}_change_things.py").write_text(f"def do(ctx):\n    {body}\n")
    return tmp_path


def _door(folder: Path, target: MemoryTarget) -> ProcessDoor:
    return ProcessDoor(source=FolderSource(folder), target=target, actor="ana at her desk", state={})


def test_an_interrupted_run_stops_before_its_next_migration(tmp_path: Path) -> None:
    """What is done stays done, and the answer says why it went no further."""
    target = MemoryTarget()
    door = _door(_folder(tmp_path, "pass", "pass"), target)
    door.interrupted = lambda: "somebody pressed Ctrl-C" if target.records() else None
    answer = respond({"action": "migrate"}, door)
    assert (answer["applied"], answer["pending"]) == (["1"], ["2"])
    assert answer["error"]["message"] == (
        "The run stopped before 2_change_things: somebody pressed Ctrl-C. Applied in this run: 1; pending: 2."
    )
    assert target.lock_status() is None


def test_an_interrupt_in_a_migration_leaves_it_dirty_and_frees_the_lock(tmp_path: Path) -> None:
    """The answer names it and how to settle it, and is no traceback."""
    target = MemoryTarget()
    answer = respond({"action": "migrate"}, _door(_folder(tmp_path, "pass", "raise KeyboardInterrupt"), target))
    assert (answer["ok"], answer["applied"], answer["failed"]) == (False, ["1"], "2")
    assert answer["error"]["type"] == "MigrationFailed"
    assert answer["error"]["command"] == {"action": "repair", "migration": "2", "as": "pending", "confirm": True}
    assert target.lock_status() is None
