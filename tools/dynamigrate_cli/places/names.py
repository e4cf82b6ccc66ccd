"""What a run here has to know: where the state is, and what migrations get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from dynamigrate.commands.process_door import Policy
from dynamigrate.contract import DEFAULT_LOCK_ID, DEFAULT_LOCK_TABLE, DEFAULT_MIGRATIONS_TABLE, Env
from dynamigrate.contract.choices import PROPS, OnFailure, Phase, RestorePointSetting, is_choice

from ..settings import Settings
from .stacks import Function


@dataclass(frozen=True, kw_only=True)
class Names:
    """
    Attributes:
        folder_origin: Where the folder was given.
        tables: Logical name to physical name.
        policy: What a plan does with what it did not expect.
        more: Further arguments of a `ProcessDoor`, by their names.
    """

    folder: Path
    folder_origin: str
    table: str
    lock_table: str
    lock_id: str
    tables: Mapping[str, str]
    params: Mapping[str, str]
    policy: Policy
    more: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings have them."""
        return cls(
            folder=settings.migrations,
            folder_origin=settings.given["migrations"].origin,
            table=settings.text("table"),
            lock_table=settings.text("lock-table"),
            lock_id=settings.text("lock-id"),
            tables=settings.texts("tables"),
            params=settings.texts("params"),
            policy=Policy(
                phase=settings["phase"],
                out_of_order=settings["out-of-order"],
                missing=settings["missing"],
                changed=settings["changed"],
            ),
        )

    @classmethod
    def deployed(cls, settings: Settings, function: Function) -> Self:
        """The folder of the settings; all else as *function* has it."""
        environment = function.environment
        return cls(
            folder=settings.migrations,
            folder_origin=settings.given["migrations"].origin,
            table=environment.get(Env.MIGRATIONS_TABLE) or DEFAULT_MIGRATIONS_TABLE,
            lock_table=environment.get(Env.LOCK_TABLE) or DEFAULT_LOCK_TABLE,
            lock_id=environment.get(Env.LOCK_ID) or DEFAULT_LOCK_ID,
            tables=function.texts(Env.TABLES),
            params=function.texts(Env.PARAMS),
            policy=Policy(
                phase=_chosen(environment, Env.PHASE, Phase, "before"),
                out_of_order=_chosen(environment, Env.OUT_OF_ORDER, PROPS["out_of_order"], "error"),
                missing=_chosen(environment, Env.MISSING, PROPS["missing"], "error"),
                changed=_chosen(environment, Env.CHANGED, PROPS["changed"], "warn"),
            ),
            more={
                "on_failure": _chosen(environment, Env.ON_FAILURE, OnFailure, "stop"),
                "restore_point": _chosen(environment, Env.RESTORE_POINT, RestorePointSetting, "none"),
                "awaits_application": environment.get(Env.AWAITS_APPLICATION) == "true"
                or environment.get(Env.PHASE) == "after",
                "prices": function.numbers(Env.PRICES) or None,
            },
        )


def _chosen(environment: Mapping[str, str], name: Env, kind: Any, default: str) -> Any:
    value = environment.get(name, "")
    return cast("Any", value if is_choice(value, kind) else default)
