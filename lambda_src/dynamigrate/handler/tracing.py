"""
Migrations as subsegments of X-Ray's trace of the function.

Sent to the daemon beside the function as it is documented: "Sending segment documents to the X-Ray daemon" in X-Ray's
developer guide, and "AWS X-Ray segment documents" for what is in them.
"""

from __future__ import annotations

import json
import re
import secrets
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

from ..error_text import error_message, printable, type_name
from ..reporters import AfterAction, AfterPlan, BeforeAction, BeforePlan

_DAEMON: Final = "AWS_XRAY_DAEMON_ADDRESS"
_HEADER: Final = json.dumps({"format": "json", "version": 1}).encode() + b"\n"
# What a name may have, and how much of it.
_UNNAMABLE: Final = re.compile(r"[^\w\s.:/%&#=+\\@-]")
_LONGEST_NAME: Final = 200
_LONGEST_MESSAGE: Final = 2_000


class Tracing:
    """
    A reporter that sends a subsegment for each migration, once it has ended.

    Args:
        trace: What Lambda says of the call's trace: ``Root=1-...;Parent=...;Sampled=1``.
        environ: Says where the daemon is.
    """

    def __init__(self, trace: str, environ: Mapping[str, str], *, history: str) -> None:
        parts = dict(part.partition("=")[::2] for part in trace.split(";"))
        self._trace_id, self._parent = parts.get("Root", ""), parts.get("Parent", "")
        self._daemon = environ.get(_DAEMON, "")
        self._history = history

    def before_plan(self, event: BeforePlan) -> None: ...

    def after_plan(self, event: AfterPlan) -> None: ...

    def before_action(self, event: BeforeAction) -> None: ...

    def after_action(self, event: AfterAction) -> None:
        host, _, port = self._daemon.rpartition(":")
        if host and port.isdigit() and self._trace_id and self._parent:
            # It is not known whether it arrives, and nobody waits for that.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
                sending.setblocking(False)
                sending.sendto(_HEADER + json.dumps(self._document(event)).encode(), (host, int(port)))

    def _document(self, event: AfterAction) -> dict[str, Any]:
        migration, now = event.action.migration, time.time()
        document: dict[str, Any] = {
            "name": _UNNAMABLE.sub("_", printable(str(migration), _LONGEST_NAME)),
            "id": secrets.token_hex(8),
            "trace_id": self._trace_id,
            "parent_id": self._parent,
            "type": "subsegment",
            "start_time": now - event.seconds,
            "end_time": now,
            # By which traces can be searched.
            "annotations": {
                "migration": migration.id,
                "direction": event.action.direction.value,
                "history": self._history,
                "run_id": event.run.id,
            },
        }
        if (error := event.error) is not None:
            exception = {
                "id": secrets.token_hex(8),
                "type": type_name(error),
                "message": error_message(error, _LONGEST_MESSAGE),
            }
            document |= {"fault": True, "cause": {"exceptions": [exception]}}
        return document
