"""Which process runs what, with `pytest -n 4 --dist loadscope`."""

from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Whole deploys wait for most of their time: for a CLI, a state machine, the rate of a backfill.
_WAITING = ("tests/acceptance/",)
# Files that share what takes long to set up.
_TOGETHER = ("tests/acceptance/commands/",)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """
    The tests of a file run in one process, and so do those of a folder that shares its setup.

    Every second process begins with what waits, and the others with what computes, so that neither the processor nor
    those that wait for it stand idle. Whoever has no more of the one goes on with the other.
    """

    def _split_scope(self, nodeid: str) -> str:
        for folder in _TOGETHER:
            if nodeid.startswith(folder):
                return folder
        return str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: Any) -> None:
        waits = _number(node) % 2 == 0
        for scope in self.workqueue:
            if scope.startswith(_WAITING) == waits:
                self.workqueue.move_to_end(scope, last=False)
                break
        super()._assign_work_unit(node)


def _number(node: Any) -> int:
    """Of a process; each has one, from 0 on."""
    return int(str(node.gateway.id).removeprefix("gw"))
