"""Workers that see each other seconds late share one ceiling, and none of them starves."""

import random

import pytest

from dynamigrate.backfill.capacity.demand import Demand, Need
from dynamigrate.backfill.capacity.rate_limiter import Budget
from dynamigrate.backfill.capacity.shares import FleetShares
from dynamigrate.backfill.capacity.units import Ceiling
from dynamigrate.consumption import OwnConsumption
from tests.unit.fakes import FakeClock

CEILING = 1000.0
STEP = 0.125


class Member:
    """One worker: reads every two seconds, and says what it needs every five."""

    def __init__(self, clock: FakeClock, said: dict[str, str], number: int, workers: int) -> None:
        self._clock = clock
        self._said = said
        self.number = number
        self.writes, self.reads = (
            Budget(
                kind, Ceiling(units=CEILING), table="t", clock=clock, own_consumption=OwnConsumption(), workers=workers
            )
            for kind in ("write", "read")
        )
        self.shares = FleetShares([self.reads, self.writes], number=number, workers=workers, clock=clock)
        self.reads_at = self.says_at = clock.monotonic()
        self.rate = self._wanted = 0.0
        self.deaf = self.dumb = False

    @property
    def share(self) -> float:
        """Units a second that it may write."""
        assert self.writes.share is not None
        return self.writes.share.of(CEILING)

    def work(self, dice: random.Random) -> None:
        """What is due now. It writes at `rate`, or as fast as it may."""
        now = self._clock.monotonic()
        if now >= self.reads_at and not self.deaf:
            self.shares.see(dict(self._said), asked=now)
            self.reads_at = now + dice.uniform(2, 3)
        if now >= self.says_at and not self.dumb:
            demand = self.shares.demand()
            self._said[str(self.number)] = demand.text
            self.shares.said(demand, sent=now)
            self.says_at = now + dice.uniform(4.5, 5.5)
        self.shares.poll()
        limiter = self.writes.limiter
        self._wanted = min(self._wanted + STEP * (self.rate or CEILING), STEP * CEILING)
        chunk = min(STEP * limiter.rate, self._wanted) / 4
        while self._wanted > 0 and limiter.delay(limiter.reserve(0)) <= 0:
            limiter.settle(limiter.reserve(0), chunk, 0)
            self._wanted -= chunk


class Fleet:
    def __init__(self, workers: int, seed: int = 1) -> None:
        self.clock = FakeClock()
        self.dice = random.Random(seed)
        self.said: dict[str, str] = {}
        self.workers = workers
        self.members: list[Member] = []
        self.most = 0.0

    def join(self, number: int | None = None) -> Member:
        member = Member(self.clock, self.said, len(self.members) if number is None else number, self.workers)
        self.members.append(member)
        return member

    def turn(self, seconds: float) -> None:
        """Notes the most that all of them might spend together at any time."""
        for _ in range(int(seconds / STEP)):
            for member in self.dice.sample(self.members, len(self.members)):
                member.work(self.dice)
                self.most = max(self.most, sum(one.share for one in self.members))
            self.clock.turn(STEP)

    @property
    def shares(self) -> list[float]:
        return [member.share for member in self.members]


def test_one_worker_has_the_whole_ceiling_at_once() -> None:
    """As if it were no fleet."""
    fleet = Fleet(1)
    member = fleet.join()
    assert member.share == CEILING
    fleet.turn(60)
    assert member.share == CEILING


@pytest.mark.parametrize("workers", [2, 8, 32])
def test_workers_that_could_all_use_more_have_equal_shares(workers: int) -> None:
    """Seconds after they began."""
    fleet = Fleet(workers)
    for _ in range(workers):
        fleet.join()
    fleet.turn(8)
    assert fleet.shares == pytest.approx([CEILING / workers] * workers)
    assert fleet.most <= CEILING * 1.05


def test_a_newcomer_has_something_at_once_and_an_equal_share_within_seconds() -> None:
    """And the others give way before it takes it."""
    fleet = Fleet(3)
    _ = fleet.join(), fleet.join()
    fleet.turn(30)
    assert fleet.shares == pytest.approx([500, 500])
    late = fleet.join()
    assert late.share == pytest.approx(CEILING * 0.05 / 3)
    fleet.turn(6)
    assert fleet.shares == pytest.approx([CEILING / 3] * 3)
    assert fleet.most <= CEILING * 1.05


def test_what_one_worker_can_not_use_the_others_use() -> None:
    """And when it can, it has its share again."""
    fleet = Fleet(4)
    slow, *_ = [fleet.join() for _ in range(4)]
    slow.rate = 20.0
    fleet.turn(60)
    assert slow.share == pytest.approx(25, rel=0.1)
    assert fleet.shares[1:] == pytest.approx([(CEILING - slow.share) / 3] * 3, rel=0.01)
    slow.rate = 0.0
    fleet.turn(30)
    assert fleet.shares == pytest.approx([250] * 4)
    assert fleet.most <= CEILING * 1.05


def test_the_share_of_a_dead_worker_goes_to_the_others() -> None:
    """Once it was silent for fifteen seconds."""
    fleet = Fleet(4)
    _ = [fleet.join() for _ in range(4)]
    fleet.turn(30)
    fleet.members.pop()
    fleet.turn(9)
    assert fleet.shares == pytest.approx([250] * 3)
    fleet.turn(10)
    assert fleet.shares == pytest.approx([CEILING / 3] * 3)
    fleet.join(3)
    fleet.turn(8)
    assert fleet.shares == pytest.approx([250] * 4)


def test_who_ends_leaves_its_share_at_once() -> None:
    """It takes its word out of the item."""
    fleet = Fleet(2)
    _ = fleet.join(), fleet.join()
    fleet.turn(30)
    del fleet.said[str(fleet.members.pop().number)]
    fleet.turn(3)
    assert fleet.shares == [CEILING]


@pytest.mark.parametrize("trouble", ["deaf", "dumb", "frozen"])
def test_who_is_cut_off_holds_back_before_others_take_its_share(trouble: str) -> None:
    """It can't know what they do by now; and it comes back as a newcomer does."""
    fleet = Fleet(4)
    cut, *_ = [fleet.join() for _ in range(4)]
    fleet.turn(30)
    cut.deaf, cut.dumb = trouble != "dumb", trouble != "deaf"
    fleet.turn(30)
    assert cut.share == pytest.approx(CEILING * 0.05 / 4)
    cut.deaf = cut.dumb = False
    fleet.turn(15)
    assert fleet.shares == pytest.approx([250] * 4)
    assert fleet.most <= CEILING * 1.05


def test_a_process_that_was_frozen_takes_nothing_that_is_others_by_now() -> None:
    """It wakes with the share that it had, and looks at the clock first."""
    fleet = Fleet(2)
    frozen, _ = fleet.join(), fleet.join()
    fleet.turn(30)
    fleet.members.remove(frozen)
    fleet.turn(60)
    fleet.members.append(frozen)
    frozen.shares.poll()
    assert frozen.share == pytest.approx(CEILING * 0.05 / 2)
    fleet.turn(2)
    assert frozen.share == pytest.approx(CEILING * 0.05 / 2)
    fleet.turn(10)
    assert fleet.shares == pytest.approx([500, 500])


def test_a_word_that_nobody_can_read_is_a_worker_that_wants_more() -> None:
    """It has an equal share, while it changes."""
    fleet = Fleet(2)
    member = fleet.join()
    for second in range(20):
        fleet.said["1"] = f"?{second}"
        fleet.turn(1)
    assert member.share == pytest.approx(500)
    fleet.turn(20)
    assert member.share == CEILING


@pytest.mark.parametrize("seed", range(10))
def test_whatever_happens_their_shares_never_exceed_the_ceiling_by_more_than_a_twentieth(seed: int) -> None:
    """Workers come, die, end, freeze, can't read or write for a while, and need more or less."""
    workers = 6
    fleet = Fleet(workers, seed)
    dice = random.Random(seed)
    frozen: list[Member] = []
    for _ in range(150):
        match dice.randrange(7):
            case 0 if len(fleet.members) + len(frozen) < workers:
                numbers = {member.number for member in [*fleet.members, *frozen]}
                fleet.join(dice.choice([number for number in range(workers) if number not in numbers]))
            case 1 if len(fleet.members) > 1:
                fleet.members.remove(dice.choice(fleet.members))
            case 2 if len(fleet.members) > 1:
                frozen.append(fleet.members.pop())
            case 3 if frozen:
                fleet.members.append(woken := frozen.pop())
                woken.shares.poll()
            case 4 if len(fleet.members) > 1:
                fleet.said.pop(str(fleet.members.pop().number), None)
            case _ if fleet.members:
                member = dice.choice(fleet.members)
                member.deaf, member.dumb = dice.random() < 0.2, dice.random() < 0.2
                member.rate = dice.choice((0.0, 0.0, dice.uniform(1, 500)))
        fleet.turn(dice.uniform(0.5, 12))
    assert fleet.most <= CEILING * 1.05


def test_reads_and_writes_are_shared_each_by_itself() -> None:
    """Who is held back by the one may be far from the other."""
    fleet = Fleet(2)
    member = fleet.join()
    for beat in range(30):
        fleet.said["1"] = Demand(beat, Need(100, 100), Need(700, 700)).text
        fleet.turn(1)
    assert member.reads.share is not None
    assert member.share == pytest.approx(500)
    assert member.reads.share.of(CEILING) == pytest.approx((CEILING - 100) / 2)
