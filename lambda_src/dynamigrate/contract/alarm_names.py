"""Which names of alarms a backfill can wait for: checked where it is built, and at synth as far as they are written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# "DescribeAlarms" in CloudWatch's reference takes so many names in a request, and "PutMetricAlarm" names of that length.
MOST_ALARMS: Final = 100
LONGEST_ALARM: Final = 255


def fault_of_alarms(value: object) -> tuple[str, str] | None:
    """
    What is wrong with *value* as a list of alarms, for the end of a sentence about it, and what to do about it; None: it
    is one.
    """
    advice = 'Give the names of CloudWatch alarms: ["orders-p99"].'
    if isinstance(value, str | bytes) or not isinstance(value, Sequence) or not value:
        return "is no list of names", advice
    for name in value:
        if not isinstance(name, str):
            return f"has {name!r} in it, which is no name", advice
        if not name.strip():
            return "has an empty name in it", advice
        if len(name) > LONGEST_ALARM:
            return f"has a name of {len(name)} characters in it, and an alarm's has {LONGEST_ALARM} at most", advice
        if name.startswith("arn:"):
            return f"has an ARN in it, {name}", f"Give the alarm's name: {name.rpartition(':alarm:')[2]!r}."
    if len(set(value)) > MOST_ALARMS:
        return (
            f"has {len(set(value))} names, and CloudWatch tells of {MOST_ALARMS} at a time",
            "Make a composite alarm of some of them, and name that.",
        )
    return None
