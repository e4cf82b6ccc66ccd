"""What came of the requests that a migration made through the clients that it is given."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from ..errors import NotReady
from .denial import Denial

T = TypeVar("T")


class _Count:
    def __init__(self) -> None:
        self.sent = 0
        self.denials: list[BaseException] = []


class ClientWitness:
    """
    Sees what comes of the requests that a migration makes through the clients that it is given, and through no others.
    """

    def __init__(self) -> None:
        self._count = _Count()
        self._one_at_a_time = threading.Lock()

    def begin(self) -> None:
        """Another migration begins."""
        self._count = _Count()

    def watch(self, send: Callable[[], T]) -> T:
        """Call *send*."""
        # A thread of an earlier migration's counts for that one.
        count = self._count
        with self._one_at_a_time:
            count.sent += 1
        try:
            return send()
        except Exception as error:
            if Denial.read(error, "", "", None) is not None:
                with self._one_at_a_time:
                    count.denials.append(error)
            raise

    def nothing_done(self, error: BaseException) -> bool:
        """
        Whether IAM refused every request there was, and one of the refusals led to *error*; or there was none, and it
        is a `NotReady`.
        """
        count = self._count
        if count.sent == 0:
            return isinstance(error, NotReady)
        return len(count.denials) == count.sent and any(
            one is denial for one in _causes(error) for denial in count.denials
        )


def _causes(error: BaseException) -> list[BaseException]:
    """*error*, and all that led to it."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and not any(one is seen for seen in found):
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found
