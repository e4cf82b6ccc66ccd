"""What has a detached migration's run begin in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Launcher(Protocol):
    """Has a run begin in a process of its own."""

    def notes(self, run_id: str) -> Mapping[str, str]:
        """What that process, and whoever looks at the run, needs to know beside what the engine tells them."""
        ...

    def start(self, migration_id: str, run_id: str) -> str:
        """
        Start that process, once however often this is called; returns where the run goes on, in words.

        Raises:
            Exception: What keeps it from being started; or nobody knows whether it was.
        """
        ...
