"""What the construct set for this function, read from the environment once."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from ..contract import DEFAULT_LOCK_ID, DEFAULT_LOCK_TABLE, DEFAULT_MIGRATIONS_TABLE, Env
from ..contract.choices import (
    CHECK_LIMIT,
    PROPS,
    Changed,
    Missing,
    OnFailure,
    OutOfOrder,
    Phase,
    RestorePointSetting,
    choices,
    is_choice,
)
from ..contract.prices import fault_of_prices
from ..errors import InvalidSetting
from ..validation import Policy

# The folder that the engine was packed into; the migrations lie beside it.
_ASSET: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    The settings of this function.

    Attributes:
        migrations_folder: Where the migrations are; absolute.
        tables: Logical name to physical name.
        stack_name: The name of the stack that the function is in; empty: not known.
        phase: Which migrations the function runs: those before the application is deployed, or after it.
        policy: What a plan does with what it did not expect.
        prices: Dollars a million request units; None: those that the engine knows.
        on_failure: What becomes of a run whose migration failed.
        check_limit: Seconds that each migration's check may take.
        awaits_application: Whether the run after the application's deploy notes it.
        restore_point: Whether the tables must be restorable to the moment before a run's first write, where a file does not
            say it.
        makes_state: Whether the function was granted to create the state tables.
        machine_arn: The state machine in which long runs go on; empty: none.
        run_limit: Seconds that a run may take in all, where there is a machine.
        detached_machine_arn: The state machine in which detached migrations go on; empty: none.
        events_path: Where CloudFormation's event waits for the end of such a run.
        events_key: The ARN of the key that it is encrypted with; empty: that of the account for Systems Manager.
        history: What metrics and events call the history.
        function_arn: Of a function that only looks, the function that migrates; empty: this is that one.
    """

    migrations_folder: Path
    table_name: str
    lock_table_name: str
    lock_id: str
    tables: Mapping[str, str]
    params: Mapping[str, str]
    stack_name: str
    app_version: str
    phase: Phase
    policy: Policy
    on_failure: OnFailure
    log_level: str
    prices: Mapping[str, float] | None
    makes_state: bool
    check_limit: float = CHECK_LIMIT
    awaits_application: bool = False
    restore_point: RestorePointSetting = "none"
    machine_arn: str = ""
    run_limit: float = 0.0
    detached_machine_arn: str = ""
    events_path: str = ""
    events_key: str = ""
    history: str = ""
    function_arn: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """
        The settings in *environ*. A variable that is missing or empty has its default.

        Raises:
            InvalidSetting: A variable has an impossible value; the message names it.
        """
        phase = cast("Phase", _one_of(environ, Env.PHASE, Phase, "before"))
        return cls(
            migrations_folder=_ASSET / (environ.get(Env.MIGRATIONS_FOLDER) or "migrations"),
            table_name=environ.get(Env.MIGRATIONS_TABLE) or DEFAULT_MIGRATIONS_TABLE,
            lock_table_name=environ.get(Env.LOCK_TABLE) or DEFAULT_LOCK_TABLE,
            lock_id=environ.get(Env.LOCK_ID) or DEFAULT_LOCK_ID,
            tables=_texts(environ, Env.TABLES),
            params=_texts(environ, Env.PARAMS),
            stack_name=environ.get(Env.STACK_NAME, ""),
            app_version=environ.get(Env.APP_VERSION, ""),
            phase=phase,
            policy=Policy(
                phase=phase,
                out_of_order=cast("OutOfOrder", _one_of(environ, Env.OUT_OF_ORDER, OutOfOrder, "error")),
                missing=cast("Missing", _one_of(environ, Env.MISSING, Missing, "error")),
                changed=cast("Changed", _one_of(environ, Env.CHANGED, Changed, "warn")),
            ),
            on_failure=cast("OnFailure", _one_of(environ, Env.ON_FAILURE, OnFailure, "stop")),
            log_level=_one_of(environ, Env.LOG_LEVEL, PROPS["log_level"], "INFO"),
            prices=_prices(environ),
            machine_arn=environ.get(Env.MACHINE_ARN, ""),
            detached_machine_arn=environ.get(Env.DETACHED_MACHINE_ARN, ""),
            run_limit=_seconds(environ, Env.RUN_LIMIT_SECONDS),
            restore_point=cast("RestorePointSetting", _one_of(environ, Env.RESTORE_POINT, RestorePointSetting, "none")),
            check_limit=_seconds(environ, Env.CHECK_LIMIT_SECONDS) or CHECK_LIMIT,
            awaits_application=phase == "after"
            or _one_of(environ, Env.AWAITS_APPLICATION, Literal["true", "false"], "false") == "true",
            events_path=environ.get(Env.EVENTS_PATH, ""),
            events_key=environ.get(Env.EVENTS_KEY, ""),
            history=environ.get(Env.HISTORY, ""),
            function_arn=environ.get(Env.FUNCTION_ARN, ""),
            makes_state=_one_of(environ, Env.MAKES_STATE, Literal["true", "false"], "false") == "true",
        )


def _one_of(environ: Mapping[str, str], name: Env, kind: Any, default: str) -> str:
    value = environ.get(name) or default
    if not is_choice(value, kind):
        raise _invalid(name, f"is {value!r}", f"It is one of {', '.join(choices(kind))}.")
    return value


def _seconds(environ: Mapping[str, str], name: Env) -> float:
    text = environ.get(name) or "0"
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise _invalid(name, f"is {text!r}", "It is a number of seconds, 0 or more.")
    return seconds


def _prices(environ: Mapping[str, str]) -> Mapping[str, float] | None:
    text = environ.get(Env.PRICES)
    if not text:
        return None
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = None
    if (fault := fault_of_prices(value)) is not None:
        raise _invalid(Env.PRICES, f"is {text!r}, which {fault[0]}", fault[1])
    return MappingProxyType(value)


def _texts(environ: Mapping[str, str], name: Env) -> Mapping[str, str]:
    text = environ.get(name) or "{}"
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        # The value stays out of the message: what a team passes in here is nobody else's.
        raise _invalid(name, "is no JSON object of strings", 'It looks like {"orders": "Data-Orders-1X2Y"}.')
    return MappingProxyType(value)


def _invalid(name: Env, what: str, expected: str) -> InvalidSetting:
    return InvalidSetting(
        f"The environment variable {name.value} {what}. {expected}",
        next_step="The Migrations construct sets it: correct its props, and deploy again.",
    )
