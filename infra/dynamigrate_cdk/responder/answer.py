"""Answers to CloudFormation: what they look like, and how they get there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from .world import World

# "Custom resource response objects" in CloudFormation's user guide: a larger body is dropped, and the reason lost.
_LARGEST_BODY: Final = 4096
_LONGEST_REASON: Final = 3000
# The engine's `printable` takes away and replaces the same; a test holds the two together.
# Colors and cursor movements of a terminal: CSI, then strings with their end (OSC, DCS and so on), then the short ones.
_ESCAPES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-Z\\-~]"
)
# What has no form of its own, what XML can't hold, and halves of surrogate pairs. A \r that ends a line stays.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_LONE_RETURN: Final = re.compile("\r(?!\n)")
_TRIES: Final = 4
_TIMEOUT: Final = 5.0
# Every attribute that a template may ask for: a SUCCESS that lacks one would fail a rollback.
_NOTHING_RUN: Final = {
    "RunId": "",
    "Applied": "",
    "AppliedCount": "0",
    "Current": "",
    "Invocations": "1",
    "Warnings": "none",
    "StandsAt": "not looked at",
    "Counts": "not looked at",
}


class NotAnswered(Exception):
    """CloudFormation has no answer. Says why, without the address."""


def body(event: Mapping[str, Any], status: str, reason: str) -> bytes:
    """What CloudFormation reads, in less than 4,096 bytes."""
    stack, logical_id = str(event.get("StackId", "")), str(event.get("LogicalResourceId", ""))
    parts = stack.split("/")
    content = {
        "Status": status,
        "Reason": "",
        # What the function answers too: another one would have CloudFormation replace the resource.
        "PhysicalResourceId": f"{parts[1] if len(parts) > 2 else stack}/{logical_id}"[:1024],
        "StackId": stack,
        "RequestId": str(event.get("RequestId", "")),
        "LogicalResourceId": logical_id,
        **({"Data": _NOTHING_RUN} if status == "SUCCESS" else {}),
    }
    room = _LARGEST_BODY - 1 - len(_encoded(content))
    return _encoded({**content, "Reason": cut(printable(reason), max(0, min(_LONGEST_REASON, room)))})


def printable(text: str) -> str:
    """
    *text* without a terminal's colors, and with what XML can't hold as escapes: CloudFormation's events are XML.

    Line ends and tabs stay; a bare carriage return becomes a line feed.
    """
    plain = _LONE_RETURN.sub("\n", _ESCAPES.sub("", text))
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), plain)


def cut(text: str, limit: int) -> str:
    """*text* in at most *limit* bytes of a JSON string, without its middle where it is longer."""
    shown, kept = text, len(text)
    while shown and len(_encoded(shown)) - 2 > limit:
        kept = kept * 19 // 20
        shown = f"{text[: kept * 3 // 5]} [...] {text[len(text) - kept * 2 // 5 :]}" if kept else ""
    return shown


def send(url: str, content: bytes, world: World) -> int:
    """
    Put *content* to *url*; returns how many tries it took.

    Raises:
        NotAnswered: It does not get there, for a reason that another try would not mend, or not in four tries.
    """
    opener = _opener(url)
    # Any content type would not match what the address was signed for.
    request = Request(url, data=content, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - checked
    for attempt in range(1, _TRIES + 1):
        # Texts of these errors may hold the address.
        try:
            with opener.open(request, timeout=_TIMEOUT):
                return attempt
        except HTTPError as error:
            error.close()
            why = f"HTTP {error.code}"
            if error.code < 500 and error.code not in (408, 429):
                raise NotAnswered(why) from None
        except (OSError, HTTPException) as error:
            why = type(error).__name__
        if attempt == _TRIES:
            raise NotAnswered(f"{why}, after {attempt} tries") from None
        world.sleep(2.0 ** (attempt - 1))
    raise AssertionError


def _opener(url: str) -> OpenerDirector:
    """
    What opens *url*.

    Raises:
        NotAnswered: *url* is neither https nor on the loopback.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise NotAnswered("the address can't be read") from None
    if parts.scheme == "https" and parts.hostname:
        return build_opener()
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return build_opener(ProxyHandler({}))
    raise NotAnswered("the address is not https")


def _encoded(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
