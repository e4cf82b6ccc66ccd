"""Answers to CloudFormation, and how they are sent."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlsplit

from ...contract import NO_WARNINGS, NOT_LOOKED_AT, Result
from ...error_text import printable
from ..errors import NotSent
from .request import ResourceRequest
from .standing import Standing

# "Custom resource response objects" in CloudFormation's user guide; a body over that is dropped, and the reason lost.
_LARGEST_BODY: Final = 4096
_LONGEST_REASON: Final = 3000
_LONGEST_DATA: Final = 1700
_LONGEST_WARNINGS: Final = 800
_LONGEST_NAME: Final = 200
_CUT: Final = " [...] "

_ATTEMPTS: Final = 4
_TIMEOUT: Final = 4.0
_FIRST_PAUSE: Final = 0.5


class Opener(Protocol):
    """What is used of `urllib.request.OpenerDirector`."""

    def open(self, fullurl: urllib.request.Request, data: None = None, timeout: float = ...) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    What CloudFormation is told of an event.

    Attributes:
        reason: Shown by CloudFormation where the status is FAILED.
        data: The attributes of the resource.
    """

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    data: Mapping[str, str] = field(default_factory=dict)

    def body(self, request: ResourceRequest) -> bytes:
        """
        The answer as CloudFormation reads it, under 4,096 bytes: a reason that is too long loses its middle, so that
        what happened and what to do next both stay. Colors and control characters, which CloudFormation's own events
        can't hold, are left out.
        """
        content: dict[str, Any] = {
            "Status": self.status,
            "Reason": "",
            "PhysicalResourceId": request.physical_id,
            "StackId": request.stack_id,
            "RequestId": request.request_id,
            "LogicalResourceId": request.logical_id,
        }
        if self.data:
            content["Data"] = {name: cut(printable(text), _LONGEST_DATA) for name, text in self.data.items()}
        room = _LARGEST_BODY - 1 - len(_encoded(content))
        return _encoded({**content, "Reason": cut(printable(self.reason), max(0, min(_LONGEST_REASON, room)))})


def result_data(
    run_id: str,
    *,
    applied: tuple[str, ...] = (),
    current: str = "",
    invocations: int = 1,
    warnings: tuple[str, ...] = (),
    standing: Standing | None = None,
) -> dict[str, str]:
    """
    Every attribute that a template may ask for: a SUCCESS that lacks one fails the stack, also in a rollback.

    Args:
        current: The newest migration of this code that is applied; empty: none, or not looked at.
        invocations: How many the run took.
        standing: How things stand at its end; None: nobody looked.
    """
    return {
        Result.RUN_ID.value: run_id,
        Result.APPLIED.value: ",".join(applied),
        Result.APPLIED_COUNT.value: str(len(applied)),
        Result.CURRENT.value: current,
        Result.INVOCATIONS.value: str(invocations),
        Result.WARNINGS.value: cut(" ".join(warnings), _LONGEST_WARNINGS) or NO_WARNINGS,
        Result.STANDS_AT.value: NOT_LOOKED_AT if standing is None else cut(standing.newest, _LONGEST_NAME),
        Result.COUNTS.value: NOT_LOOKED_AT if standing is None else standing.counts,
    }


def cut(text: str, limit: int) -> str:
    """*text* in at most *limit* bytes of a JSON string, without its middle where it is longer."""
    if _size(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        kept = (low + high + 1) // 2
        low, high = (kept, high) if _size(_ends(text, kept)) <= limit else (low, kept - 1)
    return _ends(text, low) if low else ""


def send(
    url: str,
    body: bytes,
    *,
    remaining: Callable[[], float],
    sleep: Callable[[float], None],
    opener: Opener | None = None,
) -> int:
    """
    Put *body* to *url*, again where that may help, as long as this process has time.

    Returns:
        How many tries it took.

    Raises:
        NotSent: It could not be sent.
    """
    opener = opener or _opener(url)
    # Any content type would not match what the address was signed for.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - checked
    for attempt in range(1, _ATTEMPTS + 1):
        why = _put(opener, request, max(1.0, min(_TIMEOUT, remaining())))
        if why is None:
            return attempt
        pause = _FIRST_PAUSE * 2 ** (attempt - 1)
        if attempt == _ATTEMPTS or remaining() < pause + 1:
            raise NotSent(f"{why}, after {attempt} tries")
        sleep(pause)
    raise AssertionError


def _put(opener: Opener, request: urllib.request.Request, timeout: float) -> str | None:
    """
    Try once. Returns None if it arrived, else why it did not, where another try may help.

    Raises:
        NotSent: Another try would not help.
    """
    # Texts of these errors may hold the address, so only what is known not to is passed on.
    try:
        with opener.open(request, timeout=timeout):
            return None
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (408, 429) or error.code >= 500:
            return f"HTTP {error.code}"
        raise NotSent(f"HTTP {error.code}") from None
    except (http.client.InvalidURL, ValueError) as error:
        raise NotSent(f"the address can't be used ({type(error).__name__})") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return type(reason if isinstance(reason, BaseException) else error).__name__


def _opener(url: str) -> Opener:
    """
    What opens *url*.

    Raises:
        NotSent: *url* is neither https nor on the loopback.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise NotSent("the address can't be read") from None
    if parts.scheme == "https" and host:
        return urllib.request.build_opener()
    if parts.scheme == "http" and _is_loopback(host):
        return urllib.request.build_opener(urllib.request.ProxyHandler({}))
    raise NotSent("the address is not https")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _ends(text: str, kept: int) -> str:
    """The first three and the last two fifths of *kept* characters."""
    tail = kept * 2 // 5
    return text[: kept - tail] + _CUT + (text[-tail:] if tail else "")


def _size(text: str) -> int:
    return len(_encoded(text)) - 2


def _encoded(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
