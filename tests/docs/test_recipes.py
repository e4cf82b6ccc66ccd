"""The recipes as they stand on their page, deploy by deploy, with old and new code that write in between."""

import re
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dynamigrate.requirements import RequirementNotMet
from tests.docs.deploys import PAGE, Deploys, recipes

TTL = "Filling a TTL"
SPLIT = "Splitting an attribute"
KEY = "Changing a key"
VERSIONS = "Versions that are brought up to date when they are read"
DAY = 86_400

Make = Callable[[str], Deploys]


@pytest.fixture
def make(ministack_dynamodb: Any, tmp_path: Path) -> Make:
    """Makes the folder of a recipe, without tables."""
    return lambda recipe: Deploys(ministack_dynamodb, tmp_path, recipes()[recipe])


def test_every_file_of_the_page_belongs_to_a_recipe() -> None:
    """None of its blocks goes unread."""
    found = recipes()
    assert list(found) == [TTL, SPLIT, KEY, VERSIONS]
    blocks = re.findall(r"^```python$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sum(map(len, found.values())) == len(blocks)


class TestFillingATtl:
    @pytest.fixture
    def deploys(self, make: Make) -> Deploys:
        deploys = make(TTL)
        deploys.make_table("orders", "orderId")
        return deploys

    def test_every_order_has_a_time_and_none_is_in_the_past(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An old one has a month left, and new code's own value stays."""
        now = int(time.time())
        deploys.put("orders", orderId="ancient", placedAt=now - 900 * DAY)
        deploys.put("orders", orderId="recent", placedAt=now - DAY)
        deploys.put("orders", orderId="set", placedAt=now, expiresAt=now + 7)
        deploys.add("20261201090000_fill_expiry.py")
        deploys.before()
        deploys.put("orders", orderId="late", placedAt=now)
        new = deploys.code("orders/store.py", "new code", monkeypatch)
        new.place("new")
        deploys.after()
        new.place("newer")
        expires = {order: int(item["expiresAt"]) for order, item in deploys.items("orders").items()}
        assert now + 30 * DAY <= expires.pop("ancient") <= time.time() + 30 * DAY
        assert expires.pop("recent") == now + 89 * DAY
        assert expires.pop("set") == now + 7
        assert expires.pop("late") == now + 90 * DAY
        assert all(now + 90 * DAY <= expires.pop(order) <= time.time() + 90 * DAY for order in ("new", "newer"))
        assert expires == {}

    def test_a_value_that_new_code_sets_meanwhile_stays(self, deploys: Deploys) -> None:
        """Between the backfill's read and its write."""
        now = int(time.time())
        deploys.put("orders", orderId="o-1", placedAt=now)
        deploys.add("20261201090000_fill_expiry.py")
        once = iter([lambda: deploys.put("orders", orderId="o-1", placedAt=now, expiresAt=now + 7)])
        deploys.sending = lambda operation, _: operation == "BatchExecuteStatement" and next(once, lambda: None)()
        deploys.before()
        assert next(once, None) is None
        assert deploys.items("orders")["o-1"]["expiresAt"] == now + 7

    def test_ttl_is_switched_on_once_the_values_have_been_right_for_a_week(self, deploys: Deploys) -> None:
        """Until then that is held, and nothing can expire."""
        deploys.put("orders", orderId="o-1", placedAt=int(time.time()))
        deploys.add("20261201090000_fill_expiry.py", "20261215090000_enable_expiry.py")
        assert deploys.deploy().applied == ()
        deploys.days_pass(6)
        assert deploys.deploy().applied == ()
        assert deploys.time_to_live("orders")["TimeToLiveStatus"] == "DISABLED"
        deploys.days_pass(1)
        assert deploys.deploy().applied == ("20261215090000",)
        assert deploys.time_to_live("orders")["AttributeName"] == "expiresAt"


class TestSplittingAnAttribute:
    @pytest.fixture
    def deploys(self, make: Make) -> Deploys:
        deploys = make(SPLIT)
        deploys.make_table("customers", "customerId")
        deploys.put("customers", customerId="c-1", name="Ada Lovelace")
        deploys.add("20261201090000_split_names.py")
        return deploys

    def test_what_either_code_writes_is_split_as_it_was_meant(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Old code's name is split again, and new code's stays as it was told."""
        deploys.put("customers", customerId="c-2", name="Anna Berg")
        deploys.before()
        deploys.put("customers", customerId="c-1", name="Ada King", firstName="Ada", lastName="Lovelace")
        deploys.put("customers", customerId="c-3", name="Late Comer")
        new = deploys.code("customers/store.py", "first deploy", monkeypatch)
        new.rename("c-2", "Anna Maria", "Berg")
        deploys.after()
        new.rename("c-4", "Jan", "de Vries")
        deploys.days_pass(8)
        deploys.add("20261215090000_drop_names.py")
        assert deploys.deploy().applied == ("20261215090000",)
        assert deploys.items("customers", "customerId") == {
            "c-1": {"customerId": "c-1", "firstName": "Ada", "lastName": "King"},
            "c-2": {"customerId": "c-2", "firstName": "Anna Maria", "lastName": "Berg"},
            "c-3": {"customerId": "c-3", "firstName": "Late", "lastName": "Comer"},
            "c-4": {"customerId": "c-4", "firstName": "Jan", "lastName": "de Vries"},
        }

    def test_a_name_that_can_not_be_split_keeps_all_names(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The deploy goes through; what drops names is held until somebody has corrected it."""
        deploys.put("customers", customerId="c-2", name="Prince")
        assert deploys.before().applied[-1] == "20261201090000"
        deploys.after()
        record = deploys.record("20261201090000")
        assert (record.verified.clean, record.verified.failed, record.clean_since) == (False, 1, None)
        deploys.add("20261215090000_drop_names.py")
        assert deploys.deploy().applied == ()
        assert deploys.items("customers", "customerId")["c-2"] == {"customerId": "c-2", "name": "Prince"}
        deploys.code("customers/store.py", "first deploy", monkeypatch).rename("c-2", "Prince", "Nelson")
        deploys.deploy()
        deploys.days_pass(8)
        assert deploys.deploy().applied == ("20261215090000",)
        found = deploys.items("customers", "customerId")
        assert found["c-2"] == {"customerId": "c-2", "firstName": "Prince", "lastName": "Nelson"}
        assert "name" not in found["c-1"]

    def test_a_name_that_comes_in_while_names_are_dropped_stays(self, deploys: Deploys) -> None:
        """It has no other attributes that stand for it."""
        deploys.deploy()
        deploys.days_pass(8)
        deploys.add("20261215090000_drop_names.py")
        deploys.before()
        once = iter([lambda: deploys.put("customers", customerId="c-1", name="Ada King")])
        deploys.sending = lambda operation, _: operation == "BatchExecuteStatement" and next(once, lambda: None)()
        assert deploys.after().applied == ("20261215090000",)
        assert next(once, None) is None
        assert deploys.items("customers", "customerId")["c-1"] == {"customerId": "c-1", "name": "Ada King"}


class TestChangingAKey:
    @pytest.fixture
    def deploys(self, make: Make) -> Deploys:
        deploys = make(KEY)
        deploys.make_table("orders", "orderId")
        deploys.make_table("orders_by_customer", "customerId", "orderId")
        for number in range(6):
            deploys.put("orders", orderId=f"o-{number}", customerId="c", status="NEW")
        deploys.add("20261201090000_copy_orders.py")
        return deploys

    def test_nothing_is_lost_from_the_first_deploy_to_the_last(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Code of two deploys is at work beside each other each time, and deletes too."""
        first, second, third = (
            deploys.code("orders/store.py", f"{which} deploy", monkeypatch) for which in ("first", "second", "third")
        )
        deploys.before()
        # Old code and that of the first deploy.
        deploys.put("orders", orderId="o-1", customerId="c", status="PAID")
        deploys.put("orders", orderId="o-late", customerId="d", status="NEW")
        deploys.delete("orders", orderId="o-2")
        mine = first.place("c", "NEW")
        theirs = first.place("c", "NEW")
        deploys.delete("orders", orderId=theirs)
        first.set_status("d", "o-late", "PAID")
        deploys.put("orders", orderId="o-later", customerId="d", status="NEW")
        first.set_status("d", "o-later", "SENT")
        deploys.after()
        first.set_status("c", "o-3", "PAID")
        first.cancel("c", "o-4")
        assert deploys.items("orders_by_customer")["o-2"]["status"] == "NEW", "so an order is back that was deleted"

        deploys.days_pass(1)
        deploys.add("20261208090000_delete_orphans.py")
        deploys.before()
        assert deploys.items("orders_by_customer") == deploys.items("orders")
        second.set_status("c", "o-0", "PAID")
        assert first.status("c", "o-0") == "PAID"
        first.set_status("c", "o-0", "SENT")
        assert second.status("c", "o-0") == "SENT"
        newer = second.place("e", "NEW")
        first.set_status("e", newer, "PAID")
        second.cancel("d", "o-later")
        deploys.after()

        deploys.days_pass(8)
        deploys.add("20261215090000_empty_orders.py")
        deploys.before()
        third.set_status("c", "o-1", "SENT")
        second.set_status("c", "o-1", "BACK")
        newest = third.place("f", "NEW")
        second.set_status("f", newest, "PAID")
        third.cancel("c", "o-5")
        third.set_status("c", mine, "SENT")
        assert deploys.after().applied == (), "the seven days begin with this deploy"
        deploys.days_pass(7)
        assert deploys.deploy().applied == ("20261215090000",)
        third.set_status("c", "o-3", "SENT")
        assert deploys.items("orders") == {}
        statuses = {order: item["status"] for order, item in deploys.items("orders_by_customer").items()}
        assert statuses == {
            "o-0": "SENT",
            "o-1": "BACK",
            "o-3": "SENT",
            "o-late": "PAID",
            mine: "SENT",
            newer: "PAID",
            newest: "PAID",
        }

    def test_a_copy_never_takes_back_what_was_written_while_it_was_made(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The application changes one order and deletes another between the read and the write."""
        first = deploys.code("orders/store.py", "first deploy", monkeypatch)
        changes = {"o-1": lambda: first.set_status("c", "o-1", "PAID"), "o-2": lambda: first.cancel("c", "o-2")}

        def meanwhile(operation: str, body: str) -> None:
            if operation in ("TransactWriteItems", "BatchWriteItem") and "orders_by_customer" in body:
                for order in ("o-1", "o-2"):
                    if f'"{order}"' in body:
                        changes.pop(order, lambda: None)()

        deploys.sending = meanwhile
        deploys.before()
        assert changes == {}
        assert deploys.items("orders_by_customer") == deploys.items("orders")
        assert deploys.items("orders")["o-1"]["status"] == "PAID"

    def test_reads_do_not_move_before_the_copy_has_been_clean_for_a_day(self, deploys: Deploys) -> None:
        """The second deploy fails before its application is deployed, and nothing is deleted."""
        deploys.deploy()
        deploys.delete("orders", orderId="o-2")
        deploys.add("20261208090000_delete_orphans.py")
        with pytest.raises(RequirementNotMet, match="has been clean since"):
            deploys.before()
        assert "o-2" in deploys.items("orders_by_customer")
        deploys.days_pass(1)
        assert deploys.before().applied == ("20261208090000",)
        assert "o-2" not in deploys.items("orders_by_customer")

    def test_no_order_is_taken_for_an_orphan_while_the_application_writes(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Orders are placed while the migration looks, and one is gone by the time it is looked for."""
        first = deploys.code("orders/store.py", "first deploy", monkeypatch)
        deploys.deploy()
        deploys.days_pass(1)
        deploys.add("20261208090000_delete_orphans.py")
        placed: list[str] = []
        times = iter(range(5))

        def meanwhile(operation: str, body: str) -> None:
            if operation == "TransactGetItems" and next(times, None) is not None:
                placed.append(first.place("c", "NEW"))
            if operation == "TransactGetItems" and '"o-2"' in body:
                first.cancel("c", "o-2")

        deploys.sending = meanwhile
        deploys.before()
        assert len(placed) == 5
        assert set(deploys.items("orders_by_customer")) == {"o-0", "o-1", "o-3", "o-4", "o-5", *placed}
        assert deploys.items("orders_by_customer") == deploys.items("orders")

    def test_nothing_is_copied_over_the_new_table_once_that_is_right(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However often the copy is looked over, and what it finds is written."""
        second = deploys.code("orders/store.py", "second deploy", monkeypatch)
        third = deploys.code("orders/store.py", "third deploy", monkeypatch)
        deploys.before()
        second.set_status("c", "o-1", "PAID")
        third.set_status("c", "o-1", "SENT")
        third.set_status("c", "o-2", "SENT")
        second.set_status("c", "o-2", "BACK")
        third.set_status("c", "o-3", "SENT")
        deploys.after()
        found = deploys.items("orders_by_customer")
        assert [found[f"o-{number}"]["status"] for number in range(4)] == ["NEW", "SENT", "BACK", "SENT"]


class TestVersions:
    @pytest.fixture
    def deploys(self, make: Make) -> Deploys:
        deploys = make(VERSIONS)
        deploys.make_table("orders", "orderId")
        for number in range(4):
            deploys.put("orders", orderId=f"o-{number}", price=Decimal(number), note="mind the dog")
        deploys.add("_orders.py", "20261208090000_upgrade_orders.py")
        return deploys

    def test_every_order_is_in_the_newest_version_and_keeps_what_it_had(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What either code wrote last is what both read, and what is there in the end."""
        first = deploys.code("orders/store.py", "first deploy", monkeypatch)
        second = deploys.code("orders/store.py", "second deploy", monkeypatch)
        deploys.before()
        first.reprice("o-1", 100)
        deploys.put("orders", orderId="o-late", price=Decimal(7))
        second.reprice("o-2", 200)
        assert [first.cents(f"o-{number}") for number in range(4)] == [0, 10_000, 20_000, 300]
        first.reprice("o-3", 300)
        assert second.cents("o-3") == 30_000
        assert deploys.items("orders")["o-3"]["v"] == 2, "what is read is kept in the newest version"
        deploys.after()
        record = deploys.record("20261208090000")
        assert (record.verified.clean, record.verified.settled) == (True, 2)
        second.reprice("o-0", 5)
        cents = {order: item["cents"] for order, item in deploys.items("orders").items()}
        assert cents == {"o-0": 500, "o-1": 10_000, "o-2": 20_000, "o-3": 30_000, "o-late": 700}
        for order, item in deploys.items("orders").items():
            assert (item["v"], item["currency"], "price" in item) == (2, "EUR", False)
            assert order == "o-late" or item["note"] == "mind the dog"

    def test_a_reader_that_upgrades_keeps_what_is_written_meanwhile(
        self, deploys: Deploys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Code of the first deploy writes between its read and its write."""
        first = deploys.code("orders/store.py", "first deploy", monkeypatch)
        second = deploys.code("orders/store.py", "second deploy", monkeypatch)
        upgrade, times = second.upgrade, []

        def meanwhile(order: Any) -> Any:
            times.append(order)
            if len(times) == 1:
                first.reprice("o-1", 100)
            return upgrade(order)

        second.read.__globals__["upgrade"] = meanwhile
        assert second.cents("o-1") == 10_000
        assert len(times) == 2
        assert deploys.items("orders")["o-1"]["cents"] == 10_000
