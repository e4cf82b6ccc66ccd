"""The recipe that gives a table another key, as it stands on its page: nothing is lost, whoever writes at which moment."""

import pytest

from dynamigrate.requirements import RequirementNotMet
from tests.docs.deploys import Deploys, Make

KEY = "Changing a key"


@pytest.fixture
def deploys(make: Make) -> Deploys:
    deploys = make(KEY)
    deploys.make_table("orders", "orderId")
    deploys.make_table("orders_by_customer", "customerId", "orderId")
    for number in range(6):
        deploys.put("orders", orderId=f"o-{number}", customerId="c", status="NEW")
    deploys.add("20261201090000_copy_orders.py")
    return deploys


def test_nothing_is_lost_from_the_first_deploy_to_the_last(deploys: Deploys, monkeypatch: pytest.MonkeyPatch) -> None:
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
    deploys: Deploys, monkeypatch: pytest.MonkeyPatch
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


def test_reads_do_not_move_before_the_copy_has_been_clean_for_a_day(deploys: Deploys) -> None:
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
    deploys: Deploys, monkeypatch: pytest.MonkeyPatch
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
    deploys: Deploys, monkeypatch: pytest.MonkeyPatch
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
