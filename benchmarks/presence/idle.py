"""What an app's migrations cost in a month in which nothing is deployed: list prices of us-east-1, nothing of it free."""

from __future__ import annotations

from typing import Final

from dynamigrate.contract.metrics import WatchMetric

from .counts import Counts

# aws.amazon.com/cloudwatch/pricing: a dashboard, a standard alarm and a metric of one's own, each a month. Of an account,
# three dashboards, ten alarms and ten metrics are free.
DASHBOARD: Final = 3.00
ALARM: Final = 0.10
METRIC: Final = 0.30
# aws.amazon.com/s3/pricing: a gigabyte of the code that was uploaded, a month.
STORED: Final = 0.023
# aws.amazon.com/lambda/pricing, on Arm: a million calls, and a gigabyte for a second.
CALLS: Final = 0.20
GIGABYTE_SECOND: Final = 0.0000133334
# aws.amazon.com/dynamodb/pricing/on-demand: a million read units.
READS: Final = 0.125
# Of the function that watches: every five minutes, with 512 MB, a fifth of a second each time, and three small reads.
WATCHES: Final = 30 * 24 * 12
_WATCH_GIGABYTES: Final = 0.5
WATCH_SECONDS: Final = 0.2
_WATCH_READS: Final = 3


def idle_dollars(counts: Counts, without: Counts) -> float:
    """
    A month of what *counts* has beyond *without*. A function, a role, a state machine and a table of a few kilobytes that
    nobody uses cost nothing that would show.
    """
    alarms = counts.alarms - without.alarms
    watch = 0.0
    if alarms:
        calls = WATCHES * CALLS / 1e6 + WATCHES * WATCH_SECONDS * _WATCH_GIGABYTES * GIGABYTE_SECOND
        watch = calls + WATCHES * _WATCH_READS * READS / 1e6 + len(WatchMetric) * METRIC
    code = (counts.zipped - without.zipped) / 1e9 * STORED
    return (counts.dashboards - without.dashboards) * DASHBOARD + alarms * ALARM + watch + code
