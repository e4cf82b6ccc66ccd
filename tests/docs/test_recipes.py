"""The recipes as they stand on their page, deploy by deploy, with old and new code that write in between."""

import re
import time
from decimal import Decimal
from typing import Any

import pytest

from tests.docs.deploys import PAGE, Deploys, Make, recipes
from tests.docs.test_changing_a_key import KEY

TTL = "Filling a TTL"
SPLIT = "Splitting an attribute"
VERSIONS = "Versions that are brought up to date when they are read"
DAY = 86_400


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
