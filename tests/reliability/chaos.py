"""
Chaos on the lock: processes that contend for it are frozen and killed at random, while each adds to one counter.

Every holder reads the counter, computes, and writes what it computed in a transaction with the lock's condition, as a
migration may do. The write of the counter itself has no condition: only the lock keeps two from writing the same number.
In the same transaction each commit is put into a ledger under a random key, so that what was done stands there even if
whoever did it was killed before it could tell.
"""

import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import ClientError

from dynamigrate import DynamoDBTarget, LockHeld
from dynamigrate.lock_loss import LossCause

from .clients import client_of, drop_tables, make_tables
from .nursery import Nursery

TABLE: Final = "chaos"
LOCK_TABLE: Final = "chaos-lock"
LEDGER: Final = "chaos-ledger"
COUNTER: Final = {"ID": {"S": "counter"}}

LEASE: Final = 0.6
SKEW: Final = 0.05
# What a holder does before it makes way for others.
COMMITS_A_HOLDING: Final = 30
# In how many holdings no beat gets through, and how often the lock is freed by force: of one.
CUT_OFF: Final = 0.1
FREED: Final = 0.1


@dataclass
class Report:
    """
    What came of it.

    Attributes:
        lost_updates: Commits that wrote a number which another had written.
        intruders: Commits by a holder after another one had committed.
        counter: What the counter says at the end, which is how many commits there should be.
        frees: How often the lock was freed by force while somebody had it.
        losses: Of each cause how many locks were lost by it, as their holders said.
        lost_answers: Answers to a beat that were dropped after the service had applied it.
        errors: Ways in which a worker ended that it should not.
    """

    seconds: float = 0.0
    commits: int = 0
    counter: int = 0
    holders: int = 0
    freezes: int = 0
    kills: int = 0
    frees: int = 0
    losses: dict[LossCause, int] = field(default_factory=dict)
    lost_answers: int = 0
    refused: int = 0
    lost_updates: int = 0
    intruders: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def violations(self) -> int:
        return self.lost_updates + self.intruders + abs(self.commits - self.counter) + len(self.errors)


def work(endpoint: str, seed: int, *, fenced: bool) -> None:
    """Take the lock, add to the counter, release it; for ever."""
    logging.disable()
    # Not the target's own client, which goes silent when the lease is over: here the fence alone is on trial.
    client, chance = client_of(endpoint), random.Random(seed)
    target = DynamoDBTarget(
        client_of(endpoint), table_name=TABLE, lock_table_name=LOCK_TABLE, lease=LEASE, skew=SKEW, holder=str(seed)
    )
    target.client.meta.events.register("after-call.dynamodb.UpdateItem", _Forgetful(client, chance))
    cut_off = _CutOff(chance)
    target.client.meta.events.register("before-send.dynamodb.UpdateItem", cut_off)
    while True:
        try:
            with cut_off.now_and_then() as alone, target.lock(wait=60) as lease:
                # Who can't renew the lease is to hold the lock for longer than that.
                _hold(client, lease, chance, commits=COMMITS_A_HOLDING * (4 if alone else 1), fenced=fenced)
        except LockHeld:
            continue
        if lease.loss is not None:
            note(client, f"lost: {lease.loss.cause}")


def _hold(client: Any, lease: Any, chance: random.Random, *, commits: int, fenced: bool) -> None:
    for _ in range(commits):
        item = client.get_item(TableName=LEDGER, Key=COUNTER, ConsistentRead=True)["Item"]
        number = int(item["Number"]["N"]) + 1
        # The longer it computes, the more often it is frozen between reading and writing.
        time.sleep(chance.uniform(0, 0.02))
        try:
            commit(client, number, lease.owner, *([lease.condition()] if fenced else []))
            # The transaction proves whose the lock is.
            assert not (fenced and lease.loss and lease.loss.cause in {LossCause.TAKEN, LossCause.FREED}), (
                "a lock that is ours was taken for lost"
            )
        except ClientError as error:
            reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", ())}
            if "ConditionalCheckFailed" in reasons:
                note(client, "refused")
                return
            if "TransactionConflict" not in reasons:
                raise


def commit(client: Any, number: int, owner: str, *fence: dict[str, Any]) -> None:
    """Write *number*, whatever the counter says now."""
    entry = {"ID": {"S": f"commit#{uuid4()}"}, "Number": {"N": str(number)}, "Owner": {"S": owner}}
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": LEDGER, "Item": {**COUNTER, "Number": {"N": str(number)}}}},
            {"Put": {"TableName": LEDGER, "Item": entry}},
            *fence,
        ]
    )


def note(client: Any, what: str) -> None:
    """Count *what*, for the report."""
    client.update_item(
        TableName=LEDGER,
        Key={"ID": {"S": what}},
        UpdateExpression="ADD #count :one",
        ExpressionAttributeNames={"#count": "Count"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


class _Forgetful:
    """Loses the answer to one beat in three, never that to two in a row: the lease is good for three."""

    def __init__(self, client: Any, chance: random.Random) -> None:
        self._client = client
        self._chance = chance
        self._lost_last = False

    def __call__(self, **_: Any) -> None:
        self._lost_last = not self._lost_last and self._chance.random() < 1 / 3
        if self._lost_last:
            note(self._client, "lost answers")
            raise ConnectionAbortedError("the answer to a beat was lost on purpose")


class _CutOff:
    """In one holding of a few no beat gets through, as behind a broken route."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._now = False

    def __call__(self, **_: Any) -> None:
        if self._now:
            raise ConnectionAbortedError("the beat was not let through, on purpose")

    @contextmanager
    def now_and_then(self) -> Iterator[bool]:
        """Whether it is in this holding."""
        self._now = self._chance.random() < CUT_OFF
        try:
            yield self._now
        finally:
            self._now = False


def progress(client: Any) -> int:
    """How many commits there were so far, by the counter."""
    return int(client.get_item(TableName=LEDGER, Key=COUNTER, ConsistentRead=True)["Item"]["Number"]["N"])


def audit(client: Any) -> Report:
    """What the ledger says."""
    items = [
        item
        for page in client.get_paginator("scan").paginate(TableName=LEDGER, ConsistentRead=True)
        for item in page["Items"]
    ]
    counts = {item["ID"]["S"]: int(item["Count"]["N"]) for item in items if "Count" in item}
    commits = sorted((int(item["Number"]["N"]), item["Owner"]["S"]) for item in items if "Owner" in item)
    numbers = Counter(number for number, _ in commits)
    owners = [owner for _, owner in commits]
    changes = sum(before != after for before, after in pairwise(owners))
    return Report(
        commits=len(commits),
        counter=progress(client),
        holders=len(set(owners)),
        lost_updates=sum(count - 1 for count in numbers.values()),
        # In the order of the numbers each holder's commits are in one piece, unless somebody came back.
        intruders=max(0, changes - (len(set(owners)) - 1)),
        lost_answers=counts.get("lost answers", 0),
        refused=counts.get("refused", 0),
        losses={cause: counts.get(f"lost: {cause}", 0) for cause in LossCause},
    )


class Chaos:
    """
    Freezes and kills workers, and starts new ones, until there were enough of all or time is up.

    Args:
        commits: How many are enough.
        troubles: How many freezes and kills are enough.
        seconds: How long it may take.
        workers: How many processes contend.
        seed: Of what is done to whom.
        fenced: Commits carry the lock's condition; without it one sees what it is good for.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        commits: int,
        troubles: int,
        seconds: float,
        workers: int = 5,
        seed: int = 1,
        fenced: bool = True,
    ) -> None:
        self._endpoint = endpoint
        self._commits = commits
        self._troubles = troubles
        self._seconds = seconds
        self._workers = workers
        self._fenced = fenced
        self._chance = random.Random(seed)
        self._errors: list[str] = []
        self._freezes = self._kills = self._frees = self._started = 0

    def run(self) -> Report:
        """Returns once all workers are gone, whatever happened."""
        client = client_of(self._endpoint)
        make_tables(client, TABLE, LOCK_TABLE, LEDGER)
        client.put_item(TableName=LEDGER, Item={**COUNTER, "Number": {"N": "0"}})
        began = time.monotonic()
        try:
            with Nursery(__name__) as nursery:
                pids: dict[str, int] = {}
                for _ in range(self._workers):
                    self._start(nursery, pids)
                try:
                    while time.monotonic() - began < self._seconds and not self._enough(client):
                        self._disturb(client, nursery, pids)
                finally:
                    for pid in pids.values():
                        os.kill(pid, signal.SIGKILL)
                        nursery.wait(pid)
            report = audit(client)
        finally:
            drop_tables(client, TABLE, LOCK_TABLE, LEDGER)
        report.seconds = time.monotonic() - began
        report.freezes, report.kills, report.errors = self._freezes, self._kills, self._errors
        report.frees = self._frees
        return report

    def _enough(self, client: Any) -> bool:
        return self._freezes + self._kills >= self._troubles and progress(client) >= self._commits

    def _disturb(self, client: Any, nursery: Nursery, pids: dict[str, int]) -> None:
        time.sleep(self._chance.uniform(0.02, 0.25))
        who = self._victim(client, pids)
        pid = pids[who]
        if nursery.ended(pid):
            self._errors.append(f"worker {who} ended by itself, with {nursery.wait(pid)}")
            del pids[who]
            self._start(nursery, pids)
        elif self._chance.random() < FREED:
            # As an operator would who takes a holder for dead. Where the lock changes hands at that moment, it stays.
            with suppress(LockHeld):
                freed = DynamoDBTarget(client, table_name=TABLE, lock_table_name=LOCK_TABLE).unlock(force=True)
                self._frees += freed is not None
        elif self._chance.random() < 0.2:
            self._kills += 1
            os.kill(pid, signal.SIGKILL)
            nursery.wait(pid)
            del pids[who]
            self._start(nursery, pids)
        else:
            # Some are so short that the lease survives, most are not.
            self._freezes += 1
            os.kill(pid, signal.SIGSTOP)
            time.sleep(self._chance.uniform(LEASE / 4, 4 * LEASE))
            os.kill(pid, signal.SIGCONT)

    def _victim(self, client: Any, pids: dict[str, int]) -> str:
        """Mostly whoever holds the lock."""
        holder = DynamoDBTarget(client, table_name=TABLE, lock_table_name=LOCK_TABLE).lock_status()
        if holder is not None and holder.holder in pids and self._chance.random() < 0.8:
            return holder.holder
        return self._chance.choice(sorted(pids))

    def _start(self, nursery: Nursery, pids: dict[str, int]) -> None:
        self._started += 1
        pids[str(self._started)] = nursery.start(work, endpoint=self._endpoint, seed=self._started, fenced=self._fenced)


def lines(report: Report) -> list[tuple[str, str]]:
    """The figures, with their names."""
    return [
        ("commits", f"{report.commits:,}"),
        ("holders of the lock", f"{report.holders:,}"),
        ("freezes (SIGSTOP)", f"{report.freezes:,}"),
        ("kills (SIGKILL)", f"{report.kills:,}"),
        ("answers to beats lost on purpose", f"{report.lost_answers:,}"),
        ("locks freed by force under their holders", f"{report.frees:,}"),
        *((f"locks lost: {cause}", f"{report.losses.get(cause, 0):,}") for cause in LossCause),
        ("commits refused by the fence", f"{report.refused:,}"),
        ("lost updates", str(report.lost_updates)),
        ("commits by two holders at once", str(report.intruders)),
        ("commits that the counter missed", str(abs(report.commits - report.counter))),
        ("workers that ended by themselves", str(len(report.errors))),
    ]
