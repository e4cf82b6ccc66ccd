"""
Every request that code sends through botocore, taken before it leaves, whatever client it was made with.

It is taken where all clients meet, after their own hooks have seen it and before it is signed: those of boto3's sessions and
resources, made at import or a year ago, by whatever thread. Below that, what is sent past the clients over botocore's own
connections is held back too. Which code it is goes by the thread: the one that the block began in, every thread that one of its
own has started, and whatever these hand to a pool of threads, however old that is.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, TracebackType
from typing import Any, Final, Self

from botocore.client import BaseClient

from ..errors import MigrationsError
from ..read_only import WriteRefused
from ..under_way import under_way
from .ended import Ended
from .past_clients import PastClients
from .request import Answer, Request, arguments_of
from .threads import OwnThreads


class Interception:
    """
    While the block runs, requests of its threads get their answers from *answer*, and none is sent unless that does it.

    Other threads of the process go on reading. What they would write is refused, and *stranger* is told of it: nobody can
    tell that it is not done for the code in the block.

    After the block all is as it was. A thread that the block's code has left behind is still refused everything: it would
    write in earnest what was only to be rehearsed.

    Raises:
        MigrationsError: Another one is at work in this process, or botocore is none that can be watched.
    """

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        *,
        stranger: Callable[[str, str], None],
        past: Callable[[str], BaseException],
        notice: Callable[[str], None],
    ) -> None:
        """
        Args:
            past: Is told what was about to be sent past the clients; returns what to raise instead.
            notice: Is told what goes on that sends requests which nobody sees, a sentence.
        """
        self.answer = answer
        self.stranger = stranger
        self.past = past
        self.notice = notice

    def __enter__(self) -> Self:
        _patches.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _patches.end()

    def own(self, thread: threading.Thread) -> None:
        """*thread*, which has not begun, works for the block's code."""
        _patches.threads.own(thread)

    def see_asynchronous(self) -> bool:
        """Whether there are clients of aiobotocore's, which this can only refuse. To be asked once they may be imported."""
        return _patches.refuse_asynchronous()


class _Patches:
    """What is replaced in botocore and in threading, at most once at a time."""

    def __init__(self) -> None:
        self.threads = OwnThreads()
        self.active: Interception | None = None
        self._originals: dict[tuple[type | ModuleType, str], Any] = {}
        self._one_at_a_time = threading.Lock()
        self._froze = False

    def begin(self, interception: Interception) -> None:
        with self._one_at_a_time:
            if under_way():
                raise MigrationsError(
                    "A run of migrations is under way in this process, and a dry run would refuse what it writes.",
                    next_step="Wait until it is done, or run this one in a process of its own.",
                )
            if self.active is not None:
                raise MigrationsError(
                    "Another dry run is under way in this process, and one takes the requests of all clients.",
                    next_step="Wait until it is done, or run this one in a process of its own.",
                )
            self._install()
            self.threads.begin()
            self.active = interception
            # So that what others have left behind is not cleaned up in here, where it would not be done; and `collect` is
            # quick.
            if not gc.get_freeze_count():
                gc.freeze()
                self._froze = True

    def end(self) -> None:
        if self._froze:
            gc.unfreeze()
            self._froze = False
        # What modules kept that are not there any more cleans up while its requests are still refused.
        gc.collect()
        with self._one_at_a_time:
            self.active = None
            if not self.threads.release():
                self._put_back()

    def _install(self) -> None:
        if self._originals:
            return
        wanted: dict[tuple[type | ModuleType, str], Callable[[Any], Any]] = {
            (BaseClient, "_make_request"): _make_request,
            (threading.Thread, "start"): self.threads.started,
            (ThreadPoolExecutor, "submit"): self.threads.submitted,
            **PastClients(self.threads, lambda: self.interception).replacements(),
        }
        for owner, name in wanted:
            if not callable(getattr(owner, name, None)):
                raise MigrationsError(
                    f"This botocore can't be watched: its {owner.__name__} has no {name}. Nothing was run.",
                    next_step="Plan without a dry run, or use another version of boto3.",
                )
        for (owner, name), replace in wanted.items():
            self._replace(owner, name, replace)

    def _replace(self, owner: type | ModuleType, name: str, replace: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        while getattr(original, "of_a_dry_run", False):
            # One that came back when a wrapper around it was taken off.
            original = original.original
        replacement = replace(original)
        replacement.of_a_dry_run, replacement.original = True, original
        self._originals[owner, name] = original
        setattr(owner, name, replacement)

    def refuse_asynchronous(self) -> bool:
        # Only looked for: whoever does not use it has not even got it.
        client = getattr(sys.modules.get("aiobotocore.client"), "AioBaseClient", None)
        if client is None:
            return False
        with self._one_at_a_time:
            if (client, "_make_api_call") not in self._originals:
                self._replace(client, "_make_api_call", _make_asynchronous_call)
        return True

    @property
    def interception(self) -> Interception:
        """
        The one that this thread's requests go to.

        Raises:
            Ended: There is none any more.
        """
        if self.active is None or not self.threads.are_of_now:
            raise Ended("A dry run began this thread, and is over: nothing more is sent from it.")
        return self.active

    def _put_back(self) -> None:
        for (owner, name), original in self._originals.items():
            # Somebody may have wrapped it since: then ours stays within, where it lets everything through.
            if getattr(getattr(owner, name), "of_a_dry_run", False):
                setattr(owner, name, original)
        self._originals.clear()


_patches: Final = _Patches()


def _make_request(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def make_request(self: Any, operation_model: Any, request_dict: dict[str, Any], request_context: Any) -> Answer:
        mine = _patches.threads.mine
        if not (mine or _patches.active):
            return original(self, operation_model, request_dict, request_context)

        def transmit(model: Any, prepared: dict[str, Any]) -> Answer:
            with _patches.threads.noting("sending"):
                return original(self, model, prepared, request_context)

        service = operation_model.service_model.service_name
        request = Request(
            service=service,
            operation=operation_model.name,
            arguments=arguments_of(request_dict) if service == "dynamodb" else {},
            model=operation_model,
            prepared=request_dict,
            region=str(self.meta.region_name),
            transmit=transmit,
        )
        if _patches.threads.are_sending and request.only_reads:
            # For what is being sent: its credentials, or a hook's own look.
            return request.send()
        return _patches.interception.answer(request) if mine else _of_a_stranger(request)

    return make_request


def _of_a_stranger(request: Request) -> Answer:
    active = _patches.active
    if active is None or request.only_reads:
        return request.send()
    active.stranger(request.service, request.operation)
    raise WriteRefused(
        f"{request.operation} of {request.service} was refused: a dry run is under way in this process.",
        next_step="Run dry runs in a process of their own.",
    )


def _make_asynchronous_call(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        if _patches.threads.mine:
            raise _patches.interception.past(f"{operation_name} with aiobotocore")
        return original(self, operation_name, api_params)

    return make_api_call
