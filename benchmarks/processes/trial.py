"""A fleet at work for some seconds, and what was seen of it from outside."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from boto3.dynamodb.types import TypeDeserializer

from dynamigrate.backfill.capacity.demand import Demand
from dynamigrate.contract import ItemKind
from dynamigrate.control import cancel

from ..child import start_module
from ..cores import CLIENT_CORE, busy_seconds, can_pin, core_number
from ..order import item_size
from ..stub import Statistics, Stub
from .worker import MIGRATION, target

if TYPE_CHECKING:
    from dynamigrate_local_aws import LocalAws

# More than any fleet comes to in the time.
_TABLE: Final = "orders-100000000"
_SAMPLE_SECONDS: Final = 0.1
_END_SECONDS: Final = 60.0
_ID: Final = "ID"


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """
    Attributes:
        ceiling: Write units a second for all of them together; a write is one.
        threads: Of each worker.
    """

    workers: int
    ceiling: float
    threads: int


@dataclass(frozen=True, kw_only=True)
class Sample:
    """
    Attributes:
        at: By the monotonic clock.
        written: Items, since the stub began.
        stub: Seconds of processor time that the stub has used.
        workers: Seconds that all worker processes together have used, where the machine tells.
        core: Seconds that their core was at work, whoever used it.
    """

    at: float
    written: int
    stub: float
    workers: float
    core: float


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    Attributes:
        rate: Items a second, once all are at their pace.
        highest: The most in any one second of the whole run.
        shares: What each worker wrote lately, in items a second, as it says itself; none where there is no fleet.
        workers: Processor time of all workers, as a share of that time.
        stub: The same of the stub.
        others: What others used of the workers' core, as a share of that time.
        state: Requests a second, of each worker, about lock and segments, by operation.
        lock_bytes: The size of the lock's item.
        segment_bytes: The size of the largest of the segments' items.
        written: Items, at the stub.
        kept: Items, by the segments' checkpoints.
    """

    rate: float
    highest: float
    shares: Sequence[float]
    workers: float
    stub: float
    others: float
    state: Mapping[str, float]
    lock_bytes: int
    segment_bytes: int
    written: int
    kept: int


class Trial:
    """
    Args:
        name: Another one for each.
        warm_up: Seconds until it is measured: processes start, rates rise, and the workers learn of each other.
        seconds: For how long it is.
    """

    def __init__(self, fleet: Fleet, stub: Stub, aws: LocalAws, *, name: str, warm_up: float, seconds: float) -> None:
        self._fleet = fleet
        self._stub = stub
        self._aws = aws
        self._name = name
        self._warm_up = warm_up
        self._seconds = seconds
        self._target = target(aws.client("dynamodb"), name)

    def run(self) -> Outcome:
        before = self._sample(())
        if self._fleet.workers > 1 and self._start("begin").wait(_END_SECONDS):
            raise SystemExit("bench: the fleet could not be begun, as it says above")
        with self._workers() as processes:
            samples = list(self._watch(processes, self._warm_up))
            mark = self._aws.mark()
            steady = list(self._watch(processes, self._seconds))
            requests = Counter(self._aws.dynamodb_requests(since=mark, sender="other"))
            shares, sizes = self._shares(), self._sizes()
            cancel(self._target, by="the benchmark")
            for process in processes:
                process.wait(_END_SECONDS)
        first, last, written = steady[0], steady[-1], self._sample(()).written - before.written
        kept = sum(int(one["tally"]["written"]) for one in self._target.segments(MIGRATION).values() if "tally" in one)
        self._target.destroy()
        took = last.at - first.at
        used = (last.workers - first.workers) / took
        return Outcome(
            rate=(last.written - first.written) / took,
            highest=busiest_second([*samples, *steady]),
            shares=shares,
            workers=used,
            stub=(last.stub - first.stub) / took,
            others=max(0.0, (last.core - first.core) / took - used),
            state={name: count / took / self._fleet.workers for name, count in requests.items()},
            lock_bytes=max((size for name, size in sizes.items() if not name.startswith(ItemKind.SEGMENT)), default=0),
            segment_bytes=max((size for name, size in sizes.items() if name.startswith(ItemKind.SEGMENT)), default=0),
            written=written,
            kept=kept,
        )

    def _shares(self) -> list[float]:
        status = self._target.lock_status()
        words = {} if status is None or status.fleet is None else status.fleet.workers
        return [Demand.read(word.partition(" ")[2]).writes.used for word in words.values()]

    def _sizes(self) -> dict[str, int]:
        """Of all items beside the lock, by id."""
        pages = self._aws.client("dynamodb").get_paginator("scan").paginate(TableName=f"{self._name}-lock")
        read = TypeDeserializer().deserialize
        items = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
        return {item[_ID]: item_size(item) for item in items}

    @contextmanager
    def _workers(self) -> Iterator[list[subprocess.Popen[bytes]]]:
        """All of them at work; none is left behind."""
        roles = range(self._fleet.workers) if self._fleet.workers > 1 else ["alone"]
        processes = [self._start(role) for role in roles]
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def _start(self, role: object) -> subprocess.Popen[bytes]:
        fleet = self._fleet
        options = ("--workers", fleet.workers, "--threads", fleet.threads, "--ceiling", fleet.ceiling)
        endpoints = (self._stub.endpoint, self._aws.endpoint_url)
        return start_module("processes.worker", role, *endpoints, self._name, _TABLE, *options)

    def _watch(self, processes: Sequence[subprocess.Popen[bytes]], seconds: float) -> Iterator[Sample]:
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            for process in processes:
                if process.poll() is not None:
                    raise SystemExit("bench: a worker ended before its time, as it says above")
            yield self._sample(processes)
            time.sleep(max(0.0, now + _SAMPLE_SECONDS - time.monotonic()))

    def _sample(self, processes: Sequence[subprocess.Popen[bytes]]) -> Sample:
        found = Statistics.of(self._stub.endpoint)
        return Sample(
            at=time.monotonic(),
            written=found.statements,
            stub=found.cpu,
            workers=sum(_cpu_seconds(process.pid) for process in processes),
            core=sum(busy_seconds([core_number(CLIENT_CORE)] if can_pin() else [])),
        )


def busiest_second(samples: Sequence[Sample]) -> float:
    """Items a second, in the busiest second."""
    found, begin = 0.0, 0
    for end in samples[1:]:
        while end.at - samples[begin + 1].at >= 1.0:
            begin += 1
        if end.at - samples[begin].at >= 1.0:
            found = max(found, (end.written - samples[begin].written) / (end.at - samples[begin].at))
    return found


def _cpu_seconds(pid: int) -> float:
    """Of a process, by proc(5); 0 where there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    # The name is in parentheses, and may have any character in it.
    figures = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")
