"""Whether a backfill can wait for its alarms, found out before it begins."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import ClientError

from ..alarms import IN_ALARM, Alarms, Sighting
from ..contract.grants import ALARMS_ACTION
from ..error_text import describe_error
from ..transport.denial import is_denied
from ..transport.failures import is_transient
from .errors import BackfillError
from .options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..context import Context

_TRIES: Final = 3
_PAUSE: Final = 2.0


@dataclass(frozen=True)
class _Alarms:
    """What the sighting of a backfill's alarms is kept under, beside its table."""

    options: Options


def check_alarms(options: Options, ctx: Context) -> None:
    """
    See in which state the alarms of *options* are, and keep that for the run that follows.

    Raises:
        BackfillError: One does not exist, or they can't be read. A dry run, which hurts nobody, needs none of them.
    """
    if (seen := _look(options, ctx, tries=_TRIES)) is not None:
        ctx.runtime.prepared[_Alarms(options)] = seen


def alarm_before(options: Options, ctx: Context) -> str:
    """The alarm that `check_alarms` found in ALARM; empty: none was, or nobody looked."""
    seen: Sighting | None = ctx.runtime.prepared.get(_Alarms(options))
    return "" if seen is None or seen.alarm is None else (options.throttle_on or ())[seen.alarm]


def seen_alarms(options: Options, ctx: Context) -> Sighting | None:
    """
    In which state the alarms of *options* are, as `check_alarms` saw it just now or as it is; None: there are none to wait
    for, or that can't be told at this moment.

    Raises:
        BackfillError: As `check_alarms`, but for what may pass: it has begun already.
    """
    if (kept := ctx.runtime.prepared.pop(_Alarms(options), None)) is not None:
        return cast("Sighting", kept)
    try:
        return _look(options, ctx, tries=1)
    except BackfillError as error:
        if error.__cause__ is not None and is_transient(error.__cause__):
            return None
        raise


def _look(options: Options, ctx: Context, *, tries: int) -> Sighting | None:
    names, alarms = options.throttle_on or (), ctx.runtime.alarms
    if not names or (alarms is None and ctx.dry_run):
        return None
    if alarms is None:
        raise BackfillError(
            f"{ctx.migration} waits while one of its alarms is in ALARM ({', '.join(names)}), and this run has nothing to "
            "ask for them.",
            next_step='Give migrate() it: alarms=CloudWatchAlarms(boto3.client("cloudwatch")).',
        )
    return _read(alarms, names, ctx, tries)


def look_at(alarms: Alarms, names: Sequence[str], at: float) -> tuple[Sighting, list[str]]:
    """
    What *alarms* says *at* that time, and which of *names* do not exist.

    Raises:
        Exception: Whatever *alarms* raises.
    """
    states = alarms.states(names)
    place = next((place for place, name in enumerate(names) if states.get(name) == IN_ALARM), None)
    return Sighting(at, place), [name for name in names if name not in states]


def _read(alarms: Alarms, names: Sequence[str], ctx: Context, tries: int) -> Sighting:
    for attempt in range(1, tries + 1):
        try:
            sighting, missing = look_at(alarms, names, ctx.runtime.clock.time())
        except BackfillError:
            raise
        except Exception as error:
            if not is_transient(error) or attempt == tries or ctx.stop_reason() is not None:
                raise _unreadable(error, names) from error
            ctx.runtime.clock.sleep(_PAUSE * attempt * random.uniform(0.5, 1))  # noqa: S311 - no secret
        else:
            if missing:
                raise _missing(missing)
            return sighting
    raise AssertionError("the last try returns or raises")


def _missing(names: Sequence[str]) -> BackfillError:
    one = len(names) == 1
    what = "is no alarm" if one else "are no alarms"
    return BackfillError(
        f"There {what} {', '.join(names)} in this account and Region, and throttle_on= names {'it' if one else 'them'}.",
        next_step=f"Correct the {'name, or deploy the alarm' if one else 'names, or deploy the alarms'} before the migrations.",
    )


def _unreadable(error: Exception, names: Sequence[str]) -> BackfillError:
    told = ", ".join(names)
    if isinstance(error, ClientError) and is_denied(error):
        message = str(error.response["Error"].get("Message", "")).rstrip(".")
        return BackfillError(
            f"The alarms of throttle_on= can't be read ({told}): {message}.",
            next_step=f"Allow {ALARMS_ACTION} on them to the role that the migrations run with: the construct does so for "
            "names that are written out in the file; for others call its grant_throttle_on(alarm).",
        )
    return BackfillError(
        f"The alarms of throttle_on= can't be read ({told}): {describe_error(error)}.",
        next_step="Wait until CloudWatch answers again."
        if isinstance(error, ClientError)
        else "In a VPC the function needs a way to CloudWatch: an interface endpoint, monitoring, or a NAT gateway.",
    )
