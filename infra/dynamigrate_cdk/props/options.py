"""The props of `Migrations` that are plain values, checked before anything is built from them."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from dynamigrate.contract import LEAST_SLICE_SECONDS
from dynamigrate.contract.choices import (
    CHECK_LIMIT,
    PROPS,
    Call,
    Changed,
    LogLevel,
    Missing,
    OnFailure,
    OnRollback,
    OutOfOrder,
    RestorePointSetting,
    is_choice,
    quoted,
)
from dynamigrate.contract.prices import fault_of_prices

from ..errors import InvalidProp

_LONGEST_TIMEOUT: Final = 900  # Lambda's limit, in seconds
# CloudFormation waits for an answer an hour; the rest is for one that is given for a run that died.
RUN_LIMIT: Final = cdk.Duration.minutes(55)
_EXAMPLES: Final = {"timeout": 5, "lock_wait": 5, "run_limit": 45, "check_limit": 1}  # minutes that work, for messages
_LOCK_WAIT: Final = 120
_MEMORY: Final = (128, 10_240)  # Lambda's limits, in MB
_LONGEST_NAME: Final = 256
# Lambda takes 4 KB of environment in all; the rest is for names: of tables, and of the state machine and its parameters.
_LONGEST_PARAMS: Final = 2_560
_OF_MACHINE: Final = 320
_MOST_LAYERS: Final = 5  # Lambda's limit
_VARIABLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]+")  # what Lambda takes as a name
# The construct's own, and those that Lambda sets and refuses to have set.
_OWN_PREFIX: Final = "DYNAMIGRATE_"
_OF_LAMBDA: Final = frozenset(
    {
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"),
    }
)
_LAMBDA_PREFIX: Final = "AWS_LAMBDA_"
# It starts the wrapper of a layer.
_FREE: Final = frozenset({"AWS_LAMBDA_EXEC_WRAPPER"})


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    Those props, checked.

    Attributes:
        where: The construct, for messages.
        run_limit: None: a run ends with the function's time.
        check_limit: None: a minute, or the timeout where that is less.
        lock_wait: None: two minutes, or half the timeout where that is less.
        deploy_id: None: a new one each time, or with *call* ``on-change`` the digest of code and settings.
        environment: Variables beside the construct's own.
        layers: Layers beside the function's code.
        prices: Dollars a million request units; None: those that the engine knows.
        requirements: The file that pins third-party packages; None: the folder's own file, where it has one.
        events: Whether what happens to migrations goes to EventBridge's default bus.
        tracing: Whether calls of the function are traced by X-Ray.

    Raises:
        InvalidProp: A value has the wrong type, is out of range, or does not go with another.
    """

    where: str
    timeout: cdk.Duration
    run_limit: cdk.Duration | None
    lock_wait: cdk.Duration | None
    memory_size: int
    params: Mapping[str, str]
    call: Call
    deploy_id: str | None
    app_version: str | None
    out_of_order: OutOfOrder
    missing: Missing
    changed: Changed
    on_failure: OnFailure
    on_rollback: OnRollback
    log_level: LogLevel
    restore_point: RestorePointSetting = "note"
    check_limit: cdk.Duration | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    layers: Sequence[lambda_.ILayerVersion] = ()
    requirements: str | os.PathLike[str] | None = None
    prices: Mapping[str, float] | None = None
    events: bool = False
    tracing: bool = False

    def __post_init__(self) -> None:
        self._check_seconds("timeout", self.timeout, least=1, most=_LONGEST_TIMEOUT)
        if self.run_limit is not None:
            self._check_run_limit(self.run_limit)
        if self.lock_wait is not None:
            self._check_seconds(
                "lock_wait",
                self.lock_wait,
                least=0,
                most=self.timeout_seconds - 1,
                why=", so that the function outlives its wait for the lock",
            )
        if self.check_limit is not None:
            self._check_seconds("check_limit", self.check_limit, least=1, most=self.timeout_seconds)
        for name, kind in PROPS.items():
            if not is_choice(getattr(self, name), kind):
                self._fail(f"{name} is {getattr(self, name)!r}.", f"Give one of {quoted(kind)}.")
        low, high = _MEMORY
        if isinstance(self.memory_size, bool) or not isinstance(self.memory_size, int):
            self._fail(f"memory_size is {self.memory_size!r}.", "Give a whole number of MB, such as 1024.")
        if not low <= self.memory_size <= high:
            self._fail(f"memory_size is {self.memory_size} MB.", f"Lambda takes {low} to {high}.")
        self._check_names()
        self._check_call()
        self._check_params()
        self._check_environment()
        self._check_layers()
        if self.prices is not None and (fault := fault_of_prices(self.prices)) is not None:
            self._fail(f"prices is {self.prices!r}, which {fault[0]}.", fault[1])
        if self.requirements is not None and not isinstance(self.requirements, (str, os.PathLike)):
            self._fail(f"requirements is {self.requirements!r}.", "Give the path of a file, such as requirements.txt.")

    @property
    def timeout_seconds(self) -> int:
        return int(self.timeout.to_seconds())

    @property
    def run_limit_seconds(self) -> int | None:
        return None if self.run_limit is None else int(self.run_limit.to_seconds())

    @property
    def lock_wait_seconds(self) -> int:
        if self.lock_wait is None:
            return min(_LOCK_WAIT, self.timeout_seconds // 2)
        return int(self.lock_wait.to_seconds())

    @property
    def check_limit_seconds(self) -> int:
        if self.check_limit is None:
            return min(int(CHECK_LIMIT), self.timeout_seconds)
        return int(self.check_limit.to_seconds())

    @property
    def effective_deploy_id(self) -> str:
        """The id that is given, else one that no other synth has; ids that are made later sort behind it."""
        return self.deploy_id or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"

    @property
    def requirements_file(self) -> Path | None:
        """
        The file that the prop names, as an absolute path.

        Raises:
            InvalidProp: There is no such file.
        """
        if self.requirements is None:
            return None
        path = Path(self.requirements).resolve()
        if not path.is_file():
            self._fail(
                f"requirements is {str(self.requirements)!r}, and {path} is no file.", "Name the file that pins."
            )
        return path

    @property
    def elsewhere(self) -> str:
        """What may bring modules to the function beside its code, in words; empty where nothing does."""
        found = ["a layer"] if self.layers else []
        found += ["PYTHONPATH"] if "PYTHONPATH" in self.environment else []
        return " or ".join(found)

    def _check_seconds(self, name: str, value: object, *, least: int, most: int, why: str = "") -> None:
        if not isinstance(value, cdk.Duration):
            self._fail(f"{name} is {value!r}.", f"Give a duration, such as {name}=Duration.minutes({_EXAMPLES[name]}).")
        if value.is_unresolved():
            self._fail(f"{name} is only known when the stack is deployed.", "Give a duration that is known now.")
        seconds = float(value.to_milliseconds()) / 1000
        if seconds != int(seconds) or not least <= seconds <= most:
            self._fail(f"{name} is {seconds:g} s.", f"Give whole seconds, {least} to {most}{why}.")

    def _check_run_limit(self, run_limit: object) -> None:
        self._check_seconds(
            "run_limit",
            run_limit,
            least=self.timeout_seconds + LEAST_SLICE_SECONDS,
            most=int(RUN_LIMIT.to_seconds()),
            why=(
                f": CloudFormation waits an hour, and a run goes on after the {self.timeout_seconds} s of one invocation "
                "(timeout=). Or give run_limit=None, and it ends with them"
            ),
        )

    def _check_names(self) -> None:
        for name in ("deploy_id", "app_version"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value):
                self._fail(f"{name} is {value!r}.", "Give a string that is not empty, or leave it out.")
            if value is not None and len(value) > _LONGEST_NAME:
                self._fail(
                    f"{name} has {len(value)} characters, and it is noted with every run.",
                    f"Give {_LONGEST_NAME} at most, such as a version or a commit.",
                )

    def _check_call(self) -> None:
        if self.call == "on-change" and self.deploy_id is not None:
            self._fail(
                f'call is "on-change", and deploy_id is {self.deploy_id!r}: each says when the function is called.',
                "Leave one of them out.",
            )

    @property
    def _room(self) -> int:
        """Characters for params and environment together."""
        return _LONGEST_PARAMS if self.run_limit is None else _LONGEST_PARAMS - _OF_MACHINE

    def _check_params(self) -> None:
        if not isinstance(self.params, Mapping):
            self._fail(f"params is {self.params!r}.", 'Give a mapping of strings, such as {"region": "EU"}.')
        for name, value in self.params.items():
            if not isinstance(name, str) or not isinstance(value, str):
                self._fail(
                    f"params[{name!r}] is {value!r}.",
                    "Names and values are strings: write numbers and flags as text, and read them as such.",
                )
        if (length := len(json.dumps(dict(self.params)))) > self._room:
            self._fail(
                f"params have {length} characters, and they travel in the function's environment.",
                f"Keep them under {self._room}; put what is longer into a file in the folder of migrations.",
            )

    def _check_environment(self) -> None:
        if not isinstance(self.environment, Mapping):
            self._fail(f"environment is {self.environment!r}.", 'Give a mapping of strings, such as {"STAGE": "test"}.')
        for name, value in self.environment.items():
            if not isinstance(name, str) or not isinstance(value, str):
                # Not the value: it may be a secret after all.
                self._fail(
                    f"environment[{name!r}] is of type {type(value).__name__}.",
                    "Write numbers and flags as text.",
                )
            if _VARIABLE.fullmatch(name) is None:
                self._fail(
                    f"environment has {name!r}, which Lambda does not take as a name.",
                    "Begin with a letter, and go on with letters, digits and underscores, two characters or more.",
                )
            if name.startswith(_OWN_PREFIX):
                self._fail(
                    f"environment has {name}, which the construct sets itself.",
                    f"Use the construct's props for its settings, and a name that does not begin with {_OWN_PREFIX}.",
                )
            if name in _OF_LAMBDA or (name.startswith(_LAMBDA_PREFIX) and name not in _FREE):
                self._fail(f"environment has {name}, which Lambda sets itself.", "Take another name.")
        length = len(json.dumps(dict(self.params))) + sum(
            len(name) + len(text) for name, text in self.environment.items()
        )
        if length > self._room:
            self._fail(
                f"params and environment have {length} characters together, and Lambda's limit is for all of them.",
                f"Keep them under {self._room}; put what is longer into a file in the folder of migrations.",
            )

    def _check_layers(self) -> None:
        if isinstance(self.layers, (str, Mapping)) or not isinstance(self.layers, Sequence):
            self._fail(f"layers is {self.layers!r}.", "Give a list of layers, as lambda_.Function takes it.")
        for layer in self.layers:
            if not hasattr(layer, "layer_version_arn"):
                self._fail(
                    f"layers has {layer!r}.",
                    "Give a lambda_.LayerVersion, or LayerVersion.from_layer_version_arn(...) for one that exists.",
                )
        if len(self.layers) > _MOST_LAYERS:
            self._fail(f"layers has {len(self.layers)} of them.", f"Lambda takes {_MOST_LAYERS}.")

    def _fail(self, what: str, next_step: str) -> NoReturn:
        raise InvalidProp(self.where, what, next_step)
