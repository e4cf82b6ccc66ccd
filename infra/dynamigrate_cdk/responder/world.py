"""What is outside the responder: clients, clocks, environment and log."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class World:
    """
    Clients are made when they are first used, and give up in seconds.

    Attributes:
        now: Tells the time, in seconds since the epoch.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    @cached_property
    def dynamodb(self) -> Any:
        return _client("dynamodb")

    @cached_property
    def cloudformation(self) -> Any:
        return _client("cloudformation")

    @cached_property
    def ssm(self) -> Any:
        return _client("ssm")

    @cached_property
    def states(self) -> Any:
        return _client("stepfunctions")

    def log(self, level: str, event: str, sentence: str, **fields: object) -> None:
        """Write one line of JSON, as the function itself does: a terminal shows level and message alone."""
        about = {"level": level, "message": " ".join(sentence.split()), "service": "dynamigrate.responder"}
        print(json.dumps({**about, "event": event, **fields}, default=str))  # noqa: T201

    def count_failed_run(self) -> None:
        """
        Write that a run failed whose function could not say so, as CloudWatch's embedded metric format has it; where
        somebody watches this history.
        """
        if not (history := self.environ.get("DYNAMIGRATE_HISTORY", "")):
            return
        names = ("Runs", "FailedRuns")
        directive = {
            "Namespace": "dynamigrate",
            "Dimensions": [["history"]],
            "Metrics": [{"Name": name, "Unit": "Count"} for name in names],
        }
        about = {"level": "INFO", "message": "A run that failed, as metrics.", "history": history}
        line = {"_aws": {"Timestamp": round(self.now() * 1000), "CloudWatchMetrics": [directive]}, **about}
        print(json.dumps({**line, **dict.fromkeys(names, 1)}))  # noqa: T201


def error_code(error: Exception) -> str:
    """The service's code for *error*; empty: it was no answer of AWS."""
    response: Any = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    # Typed by the service's name, which mypy wants written out.
    make: Any = boto3.client
    retries: Any = {"mode": "standard", "total_max_attempts": 2}
    # It has a minute for all that it asks, and for its answer.
    return make(service, config=Config(connect_timeout=2, read_timeout=3, retries=retries))
