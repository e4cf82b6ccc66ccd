"""What sends requests that no client of botocore's knows of: own signatures, presigned URLs, programs and processes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.auth import SigV4Auth
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner, S3PostPresigner

from .operations import only_reads
from .request import addressee, signed
from .threads import OwnThreads

if TYPE_CHECKING:
    from types import ModuleType

Replacement = Callable[[Any], Any]
_STARTED: Final = "It starts {what}, and what that sends is not seen here: it is sent."
_PRESIGNED: Final = "It makes a presigned URL for {what}, and what is sent with it is not seen here: it is sent."
_COPIED: Final = "It makes a copy of this process: what that would write is neither sent nor counted."
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Hears(Protocol):
    """Who is told of it."""

    @property
    def past(self) -> Callable[[str], BaseException]: ...

    @property
    def notice(self) -> Callable[[str], None]: ...


class PastClients:
    """
    What stands in for it while a dry run goes on.

    Args:
        heard: Gives who hears of it; raises where it must not go on.
    """

    def __init__(self, threads: OwnThreads, heard: Callable[[], Hears]) -> None:
        self._threads = threads
        self._heard = heard

    def replacements(self) -> dict[tuple[type | ModuleType, str], Replacement]:
        """By where it stands what makes its stand-in of it."""
        found: dict[tuple[type | ModuleType, str], Replacement] = {
            (Endpoint, "make_request"): self._endpoint,
            (URLLib3Session, "send"): self._connection,
            (SigV4Auth, "add_auth"): self._signature,
            (RequestSigner, "generate_presigned_url"): self._presigned,
            (S3PostPresigner, "generate_presigned_post"): self._telling(_presigned_form),
            (subprocess.Popen, "__init__"): self._telling(_program),
            (BaseProcess, "start"): self._telling(lambda one: _STARTED.format(what=f"the process {one.name}")),
        }
        others: dict[str, Callable[..., str]] = {
            "system": _shell_command,
            "posix_spawn": _spawned,
            "posix_spawnp": _spawned,
            "fork": lambda: _COPIED,
            "forkpty": lambda: _COPIED,
        }
        # Not all systems have all of them.
        return {**found, **{(os, name): self._telling(said) for name, said in others.items() if hasattr(os, name)}}

    @property
    def _is_own(self) -> bool:
        """Whether this is the dry run's code, and not the SDK on its behalf, nor in what was told of already."""
        threads = self._threads
        return threads.mine and not threads.are_sending and not threads.are_starting

    @contextmanager
    def _told(self, sentence: str) -> Iterator[None]:
        self._heard().notice(sentence)
        with self._threads.noting("starting"):
            yield

    def _endpoint(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            if self._is_own:
                raise self._heard().past(f"{operation_model.name} of {operation_model.service_model.service_name}")
            return original(endpoint, operation_model, request_dict)

        return make_request

    def _connection(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def send(session: Any, request: Any) -> Any:
            if self._threads.mine and not self._threads.are_sending and (what := signed(request)):
                raise self._heard().past(what)
            return original(session, request)

        return send

    def _signature(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def add_auth(auth: Any, request: Any) -> Any:
            # It is sent by who knows what; whoever only reads may.
            if self._is_own and str(request.method).upper() not in _READING:
                raise self._heard().past(addressee(request))
            return original(auth, request)

        return add_auth

    def _presigned(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def generate_presigned_url(
            signer: Any, request_dict: Any, operation_name: str, *args: Any, **options: Any
        ) -> Any:
            service = str(signer.signing_name)
            if not self._is_own or only_reads(service, operation_name, {}):
                with self._threads.noting("starting"):
                    return original(signer, request_dict, operation_name, *args, **options)
            with self._told(_PRESIGNED.format(what=f"{operation_name} of {service}")):
                return original(signer, request_dict, operation_name, *args, **options)

        return generate_presigned_url

    def _telling(self, sentence: Callable[..., str]) -> Replacement:
        """Calls what it stands for, and has it told what that starts; what the SDK starts for credentials is no matter."""

        def replace(original: Callable[..., Any]) -> Callable[..., Any]:
            def begin(*args: Any, **options: Any) -> Any:
                if not self._is_own:
                    return original(*args, **options)
                with self._told(sentence(*args, **options)):
                    return original(*args, **options)

            return begin

        return replace


def _presigned_form(*_: Any, **__: Any) -> str:
    return _PRESIGNED.format(what="POST of s3")


def _program(_process: object, args: Any = "", *_: Any, **__: Any) -> str:
    return _STARTED.format(what=f"the program {_name(args if isinstance(args, str | bytes) or not args else args[0])}")


def _shell_command(command: str) -> str:
    return _STARTED.format(what=f"the program {_name(next(iter(command.split()), ''))}")


def _spawned(path: Any, *_: Any, **__: Any) -> str:
    return _STARTED.format(what=f"the program {_name(path)}")


def _name(path: Any) -> str:
    return PurePath(os.fsdecode(path)).name
