"""The props of `Migrations` that are plain values, checked before anything is built from them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NoReturn

import aws_cdk as cdk

from .errors import InvalidProp

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "out_of_order": ("error", "allow"),
    "missing": ("error", "ignore"),
    "changed": ("warn", "error", "ignore"),
    "on_failure": ("stop", "undo"),
    "on_rollback": ("nothing", "undo"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
}
_LONGEST_TIMEOUT: Final = 900  # Lambda's limit, in seconds
_LOCK_WAIT: Final = 120
_MEMORY: Final = (128, 10_240)  # Lambda's limits, in MB
_LONGEST_NAME: Final = 256
# Lambda takes 4 KB of environment in all; the rest is for table names.
_LONGEST_PARAMS: Final = 2_560


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    Attributes:
        where: The construct, for messages.
        lock_wait: None: two minutes, or half the timeout where that is less.
        deploy_id: None: a new one each time.

    Raises:
        InvalidProp: A value has the wrong type, is out of range, or does not go with another.
    """

    where: str
    timeout: cdk.Duration
    lock_wait: cdk.Duration | None
    memory_size: int
    params: Mapping[str, str]
    deploy_id: str | None
    app_version: str | None
    out_of_order: str
    missing: str
    changed: str
    on_failure: str
    on_rollback: str
    log_level: str

    def __post_init__(self) -> None:
        self._check_seconds("timeout", self.timeout, least=1, most=_LONGEST_TIMEOUT)
        if self.lock_wait is not None:
            self._check_seconds("lock_wait", self.lock_wait, least=0, most=self.timeout_seconds - 1)
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                self._fail(f"{name} is {getattr(self, name)!r}.", f"Give one of {', '.join(map(repr, choices))}.")
        low, high = _MEMORY
        if isinstance(self.memory_size, bool) or not isinstance(self.memory_size, int):
            self._fail(f"memory_size is {self.memory_size!r}.", "Give a whole number of MB, such as 1024.")
        if not low <= self.memory_size <= high:
            self._fail(f"memory_size is {self.memory_size} MB.", f"Lambda takes {low} to {high}.")
        for name in ("deploy_id", "app_version"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                self._fail(f"{name} is {value!r}.", "Give a string that is not empty, or leave it out.")
            if value is not None and len(value) > _LONGEST_NAME:
                self._fail(
                    f"{name} has {len(value)} characters, and it is noted with every run.",
                    f"Give {_LONGEST_NAME} at most, such as a version or a commit.",
                )
        self._check_params()

    @property
    def timeout_seconds(self) -> int:
        return int(self.timeout.to_seconds())

    @property
    def lock_wait_seconds(self) -> int:
        if self.lock_wait is None:
            return min(_LOCK_WAIT, self.timeout_seconds // 2)
        return int(self.lock_wait.to_seconds())

    @property
    def effective_deploy_id(self) -> str:
        """The one given, else one that no other synth has; those made later sort behind."""
        return self.deploy_id or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"

    def _check_seconds(self, name: str, value: object, *, least: int, most: int) -> None:
        if not isinstance(value, cdk.Duration):
            self._fail(f"{name} is {value!r}.", f"Give a duration, such as {name}=Duration.minutes(5).")
        if value.is_unresolved():
            self._fail(f"{name} is only known when the stack is deployed.", "Give a duration that is known now.")
        seconds = float(value.to_milliseconds()) / 1000
        if seconds != int(seconds) or not least <= seconds <= most:
            limit = "" if name == "timeout" else ", so that the function outlives its wait for the lock"
            self._fail(f"{name} is {seconds:g} s.", f"Give whole seconds, {least} to {most}{limit}.")

    def _check_params(self) -> None:
        if not isinstance(self.params, Mapping):
            self._fail(f"params is {self.params!r}.", 'Give a mapping of strings, such as {"region": "EU"}.')
        for name, value in self.params.items():
            if not isinstance(name, str) or not isinstance(value, str):
                self._fail(
                    f"params[{name!r}] is {value!r}.",
                    "Names and values are strings: write numbers and flags as text, and read them as such.",
                )
        if (length := len(json.dumps(dict(self.params)))) > _LONGEST_PARAMS:
            self._fail(
                f"params have {length} characters, and they travel in the function's environment.",
                f"Keep them under {_LONGEST_PARAMS}; put what is longer into a file in the folder of migrations.",
            )

    def _fail(self, what: str, next_step: str) -> NoReturn:
        raise InvalidProp(self.where, what, next_step)
