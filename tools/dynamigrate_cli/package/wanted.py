"""What is to be packaged, as it was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from dynamigrate.contract import DEFAULT_LOCK_ID
from dynamigrate.contract.choices import Changed, LogLevel, Missing, OnFailure, OutOfOrder, RestorePointSetting
from dynamigrate.contract.durations import seconds_of

from ..faults import UsedWrongly

StateIn = Literal["parameters", "function"]
Architecture = Literal["arm64", "x86_64"]
# The name under which `--key` means the two tables of the state.
STATE: Final = "state"
_TABLE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
_KEY_ARN: Final = re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", re.ASCII)
# Parameters that every template has, or may have.
_TAKEN: Final = frozenset({"MigrationsTable", "LockTable"})


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    Attributes:
        tables: By their logical names; None: the name is a parameter.
        keys: Customer managed keys, by the logical names of their tables, or `STATE`; None: the ARN is a parameter.
        state: Where the history is: in tables that parameters name, or in tables that the function makes.
        after: Whether a second template has the phase after the application's deploy.
        run_limit: Seconds; None: there is no state machine.
        runtime: ``3.13``; None: that of the Python that packages.
        timeout: Seconds.
        check_limit: Seconds; None: as the construct has it.
    """

    folder: Path
    tables: Mapping[str, str | None]
    keys: Mapping[str, str | None]
    state: StateIn
    after: bool
    lock_id: str
    params: Mapping[str, str]
    requirements: Path | None
    architecture: Architecture
    runtime: str | None
    memory: int
    timeout: int
    run_limit: int | None
    check_limit: int | None
    out_of_order: OutOfOrder
    missing: Missing
    changed: Changed
    on_failure: OnFailure
    restore_point: RestorePointSetting
    log_level: LogLevel
    dashboard: bool
    alarms: bool
    events: bool
    tracing: bool

    def __post_init__(self) -> None:
        """
        Raises:
            UsedWrongly: Two of them don't go together.
        """
        seen: dict[str, str] = {}
        for name in self.tables:
            parameter = table_parameter(name)
            if parameter in _TAKEN:
                raise UsedWrongly(
                    f"--table {name} would be the parameter {parameter}, which names a table of the state.",
                    "Give the table another logical name.",
                )
            if (other := seen.setdefault(parameter, name)) != name:
                raise UsedWrongly(
                    f"--table {other} and --table {name} would both be the parameter {parameter}.",
                    "Give one of them another logical name.",
                )
        for name in self.keys:
            self._check_key(name)
        if self.state == "function" and self.lock_id != DEFAULT_LOCK_ID:
            raise UsedWrongly(
                f"lock-id is {self.lock_id!r}, and with --state function the lock's item is called {DEFAULT_LOCK_ID}.",
                "Leave one of them out: --lock-id, DYNAMIGRATE_LOCK_ID, or lock-id in pyproject.toml is where it comes from.",
            )

    def _check_key(self, name: str) -> None:
        if name == STATE and STATE not in self.tables:
            if self.state == "function":
                raise UsedWrongly(
                    "--key state is given beside --state function: the tables that the function makes have AWS's own key.",
                    "Leave one of them out.",
                )
        elif name not in self.tables:
            raise UsedWrongly(
                f"--key {name} is of no table: there is {', '.join(self.tables) or 'none'}.",
                f"Give --table {name} too, or --key {STATE} for the tables of the state.",
            )


def table_parameter(name: str) -> str:
    """The parameter for the name of a table: ``OrdersTable``, ``OrderItemsTable``."""
    return f"{_words(name)}Table"


def key_parameter(name: str) -> str:
    """The parameter for the ARN of a table's key: ``OrdersKeyArn``."""
    return f"{_words(name)}KeyArn"


def named_tables(given: Iterable[str]) -> dict[str, str | None]:
    """
    ``orders``, whose name is a parameter, and ``orders=Shop-Orders``, whose is that.

    Raises:
        UsedWrongly: One is neither.
    """
    tables = _pairs("--table", given)
    for logical, name in tables.items():
        if name is not None and not _TABLE_NAME.fullmatch(name):
            raise UsedWrongly(
                f"--table {logical}={name} names no table.",
                f"A table's name has 3 to 255 letters, digits, underscores, dots and dashes. --table {logical} alone makes "
                "it a parameter.",
            )
    return tables


def named_keys(given: Iterable[str]) -> dict[str, str | None]:
    """
    ``orders``, whose key's ARN is a parameter, and ``orders=arn:aws:kms:...``.

    Raises:
        UsedWrongly: One is neither.
    """
    keys = _pairs("--key", given)
    for logical, arn in keys.items():
        if arn is not None and not _KEY_ARN.fullmatch(arn):
            raise UsedWrongly(
                f"--key {logical}={arn} is no key's ARN.",
                f"It looks like arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab. --key {logical} "
                "alone makes it a parameter.",
            )
    return keys


def refuse_places(given: Sequence[str]) -> None:
    """
    *given* are options and their values that say where a command works, which is nothing to a package.

    Raises:
        UsedWrongly: There are any.
    """
    if not given:
        return
    option, value = given[:2]
    if option == "--name":
        raise UsedWrongly(
            f"{option} {value} is for commands that run here.",
            f"For the package say --table {value}. Nothing was written.",
        )
    raise UsedWrongly(
        f"{option} {value} has no meaning for a package, which goes to every stage.",
        "Leave it out. Nothing was written.",
    )


def seconds(option: str, text: str) -> int:
    """
    The seconds that *option* says.

    Raises:
        UsedWrongly: It is no duration.
    """
    found = seconds_of(text)
    if found is None:
        raise UsedWrongly(f"{option} {text!r} is no duration.", f"For example {option} 90s, 5m or 1h30m.")
    return found


def _pairs(option: str, given: Iterable[str]) -> dict[str, str | None]:
    pairs: dict[str, str | None] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or (equals and not value):
            raise UsedWrongly(f"{option} {text!r} has no name.", f"For example {option} orders, or {option} orders=...")
        if not _words(name):
            raise UsedWrongly(
                f"{option} {name} has no letter from A to Z, and no digit, of which a parameter's name could be made.",
                "Give it another logical name: that is how migrations call it, whatever the table's own is.",
            )
        if name in pairs:
            raise UsedWrongly(f"{option} {name} is given twice.", "Leave one of them out.")
        pairs[name] = value if equals else None
    return pairs


def _words(name: str) -> str:
    """``order-items`` as ``OrderItems``: a parameter's name has letters and digits alone."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))
