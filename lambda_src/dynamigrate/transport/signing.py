"""Signature Version 4 for the requests that are sent here, without what botocore needs to sign anything else."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from time import gmtime, strftime, time
from typing import Any, Final

_AGENT: Final = "dynamigrate"
_END: Final = "\r\n"


class Signer:
    """
    Makes the heads of HTTP requests to one endpoint.

    Args:
        credentials: Botocore's: asked for each request, so that those that expire are renewed in time.
        host: As in the Host header, with a port that is not the scheme's own.
        agent: More for the User-Agent.
        wall: Seconds since the epoch.
    """

    def __init__(
        self,
        credentials: Any,
        *,
        region: str,
        host: str,
        service: str,
        path: str = "/",
        agent: str = "",
        wall: Callable[[], float] = time,
    ) -> None:
        self._credentials = credentials
        self._region = region
        self._host = host
        self._path = path or "/"
        self._agent = f"{_AGENT} {agent}".rstrip()
        self._service = service
        self._wall = wall
        # Each is replaced as a whole, so threads may share them: at worst two make the same one.
        self._dated: tuple[int, str, str] = (0, "", "")
        self._keyed: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def head(self, body: bytes, content_type: str, target: str = "") -> bytes:
        """
        Request line and headers, the empty line included, of a POST of *body*.

        Args:
            target: The operation, where the protocol has it in a header.
        """
        frozen = self._credentials.get_frozen_credentials()
        day, moment = self._now()
        token = frozen.token
        headers = f"content-type:{content_type}\nhost:{self._host}\nx-amz-date:{moment}\n"
        names = "content-type;host;x-amz-date"
        if token:
            headers += f"x-amz-security-token:{token}\n"
            names += ";x-amz-security-token"
        if target:
            headers += f"x-amz-target:{target}\n"
            names += ";x-amz-target"
        canonical = f"POST\n{self._path}\n\n{headers}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        key = self._key(day, frozen.secret_key)
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        return (
            f"POST {self._path} HTTP/1.1\r\n"
            f"Host: {self._host}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"{f'X-Amz-Target: {target}{_END}' if target else ''}"
            f"X-Amz-Date: {moment}\r\n"
            f"{f'X-Amz-Security-Token: {token}{_END}' if token else ''}"
            f"Authorization: AWS4-HMAC-SHA256 Credential={frozen.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={signature}\r\n"
            f"User-Agent: {self._agent}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()

    def _now(self) -> tuple[str, str]:
        second = int(self._wall())
        dated = self._dated
        if dated[0] != second:
            parts = gmtime(second)
            dated = self._dated = (second, strftime("%Y%m%d", parts), strftime("%Y%m%dT%H%M%SZ", parts))
        return dated[1], dated[2]

    def _key(self, day: str, secret: str) -> bytes:
        keyed = self._keyed
        if keyed[0] != (day, secret):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            keyed = self._keyed = ((day, secret), key)
        return keyed[1]
