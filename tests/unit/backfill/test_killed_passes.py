"""A backfill that is verified, killed at each of its requests, and the next run, which goes on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dynamigrate import Backfill, DirtyMigration, MemorySource, Migration, Update, repair
from dynamigrate.backfill import checkpoints
from dynamigrate.backfill.verify import cursors
from dynamigrate.context import Environment
from dynamigrate.errors import MigrationsError
from dynamigrate.records import Run
from dynamigrate.runtime import Runtime
from dynamigrate.verifiable import VerifyOrder
from dynamigrate.verification import Verification
from dynamigrate.verifying import verify
from tests.unit.backfill.mortal import DeathError, Life, MortalTables, MortalTarget
from tests.unit.backfill.tables import Raw, orders
from tests.unit.backfill.transforms import NEW, add_status
from tests.unit.fakes import FakeClock, migrate_in

COUNT = 12
LATE = "a-late-one"


@pytest.fixture(autouse=True)
def _kept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three, and how far it is is kept as often as anybody looks."""
    monkeypatch.setattr("dynamigrate.backfill.reader._PAGE_ITEMS", 3)
    monkeypatch.setattr("dynamigrate.backfill.verify.look._LEAST_ITEMS", 3)
    monkeypatch.setattr("dynamigrate.backfill.verify.look.PAGE_ITEMS", 3)
    monkeypatch.setattr(checkpoints, "_SAVE_SECONDS", 0.0)
    monkeypatch.setattr(cursors, "_SAVE_SECONDS", 0.0)
    monkeypatch.setattr("dynamigrate.backfill.pool._LOOK_SECONDS", 0.0)


class Scene:
    """A table into which old code puts an order behind the back of the first pass, and who rewrites it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.tables = MortalTables(orders=orders(COUNT, price={"N": "5"}))
        self.target = MortalTarget(clock)
        self.came = False
        self.tables.before = self._before

    def _before(self, operation: str, request: Raw) -> None:
        if operation == "BatchExecuteStatement" and not self.came:
            self.came = True
            self.tables["orders"][LATE] = {"id": {"S": LATE}, "price": {"N": "5"}}

    def live(self, do: Callable[[], Any], life: Life | None = None) -> int:
        """Do it in a process with that *life*; returns how many requests it sent."""
        life = life or Life()
        self.tables.life = self.target.life = life
        try:
            do()
        except (DeathError, MigrationsError):
            # Who is dead tells nobody.
            assert life.at is not None
        finally:
            self.tables.life = self.target.life = Life()
        return life.count

    def migrate(self, transform: Any = add_status, **options: Any) -> None:
        source = MemorySource()
        given = {"segments": 1, "threads": 1, "verify": "full", **options}
        source.add(Migration("1", "rewrite", do=Backfill("orders", transform, **given)))
        migrate_in(source, self.target, dynamodb=self.tables, clock=self.clock)

    def go_on(self, transform: Any = add_status, **options: Any) -> None:
        """The next deploy; one that died before its first checkpoint is repaired before."""
        try:
            self.migrate(transform, **options)
        except DirtyMigration:
            repair(self.target, "1", "pending")
            self.migrate(transform, **options)

    def look(self, *, settle: bool = False) -> Verification:
        migration = Migration("1", "rewrite", do=Backfill("orders", add_status, segments=2, threads=1))
        environment = Environment(connect=lambda: self.tables, runtime=Runtime(clock=self.clock))
        [record] = self.target.records()
        with self.target.lock() as lock:
            return verify(
                migration,
                record,
                self.target,
                environment,
                run=Run(id="run-1"),
                order=VerifyOrder(settle=settle),
                lock=lock,
            )


def deaths(requests: int) -> Iterator[Life]:
    """One at each request: before it is sent, or once it was carried out."""
    for at in range(1, requests + 1):
        for applied in (False, True):
            yield Life(at, applied=applied)


def test_no_death_leaves_an_item_in_the_old_shape_or_a_pass_half_done(clock: FakeClock) -> None:
    """Whichever pass it was in; and what it says of itself in the end is true."""
    whole = Scene(clock)
    requests = whole.live(whole.migrate)
    assert requests > 20
    for life in deaths(requests):
        scene = Scene(clock)
        scene.live(scene.migrate, life)
        scene.go_on()
        where = f"killed at request {life.at}{', which was carried out' if life.applied else ''}"
        assert all(item.get("status") == NEW for item in scene.tables["orders"].values()), where
        [record] = scene.target.records()
        assert not record.dirty, where
        assert record.verified is not None, where
        assert record.verified.clean, where
        assert record.verified.checked == len(scene.tables["orders"]), where
        assert scene.target.segments("1") == {}, where


def test_no_death_changes_an_item_twice(clock: FakeClock) -> None:
    """With a stamp."""

    def to_cents(item: Any, ctx: Any) -> Update:
        return Update(set={"price": item["price"] * 100})

    whole = Scene(clock)
    for life in deaths(whole.live(lambda: whole.migrate(to_cents, once=True))):
        scene = Scene(clock)
        scene.live(lambda scene=scene: scene.migrate(to_cents, once=True), life)  # type: ignore[misc]
        scene.go_on(to_cents, once=True)
        assert {item["price"]["N"] for item in scene.tables["orders"].values()} == {"500"}, life.at


@pytest.mark.parametrize("settle", [False, True])
def test_no_death_makes_a_look_wrong(clock: FakeClock, settle: bool) -> None:
    """However often it was begun, each item counts once."""

    def applied() -> Scene:
        scene = Scene(clock)
        scene.came = True
        scene.target.add("1")
        scene.target.finish_migration("1")
        for number in range(0, COUNT, 2):
            scene.tables["orders"][f"order-{number:05d}"]["status"] = NEW
        return scene

    whole = applied()
    for life in deaths(whole.live(lambda: whole.look(settle=settle))):
        scene = applied()
        scene.live(lambda scene=scene: scene.look(settle=settle), life)  # type: ignore[misc]
        found = scene.look(settle=settle)
        assert found.checked == COUNT, life.at
        left = sum("status" not in item for item in scene.tables["orders"].values())
        assert found.would_change == left == (0 if settle else COUNT // 2), life.at
        assert found.clean is settle, life.at
        assert scene.target.records()[0].verified == found, life.at
        assert scene.target.cursors("1") == {}, life.at
