"""What one write consumes, of the table and of each index."""

from typing import Any

from dynamigrate.backfill.cost.write_units import units_of
from dynamigrate.backfill.indexes import Index
from dynamigrate.backfill.table import Table
from dynamigrate.backfill.writing.item_writes import ConditionalWrite, UnconditionalWrite

BY_STATUS = Index(name="by-status", keys=("status",), projected=None, has_own_capacity=True)
KEYS_ONLY = Index(name="by-city", keys=("city",), projected=frozenset({"id", "city"}), has_own_capacity=True)
LOCAL = Index(name="by-total", keys=("id", "total"), projected=None, has_own_capacity=False)


def table(*indexes: Index, name: str = "orders", item_bytes: float = 0.0) -> Table:
    return Table(
        name=name, keys=("id",), visible=None, items=0, bytes=0, read_units={}, write_units={}, consistent=True,
        indexes=indexes, item_bytes=item_bytes,
    )  # fmt: skip


def text(value: str) -> dict[str, str]:
    return {"S": value}


def change(raw: dict[str, Any], **more: Any) -> ConditionalWrite:
    return ConditionalWrite(raw, more.pop("set", {}), more.pop("remove", ()), (), **more)


def units(write: Any, raw: dict[str, Any], *indexes: Index, **more: Any) -> dict[str, float]:
    """By index; the table's are under the empty name."""
    return {place[1]: count for place, count in units_of(write, raw, table(*indexes), lambda _: None, **more).items()}


def test_a_kb_begun_is_a_unit_of_the_larger_of_both() -> None:
    """Taking something away costs what was there."""
    small, large = {"id": text("1")}, {"id": text("1"), "note": text("x" * 3000)}
    assert units(change(small, set={"a": text("b")}), small) == {"": 1}
    assert units(change(small, set={"note": text("x" * 3000)}), small) == {"": 3}
    assert units(change(large, remove=("note",)), large) == {"": 3}
    assert units(change(large, delete=True), large) == {"": 3}
    assert units(change(small, set={"a": text("b")}), small, unread=4000.0) == {"": 4}


def test_an_index_is_written_where_its_entry_changes() -> None:
    """One that has not got what changed costs nothing."""
    raw = {"id": text("1"), "city": text("Rome")}
    assert units(change(raw, set={"note": text("n")}), raw, BY_STATUS, KEYS_ONLY) == {"": 1}
    assert units(change(raw, set={"status": text("NEW")}), raw, BY_STATUS, KEYS_ONLY) == {"": 1, "by-status": 1}
    assert units(change(raw, remove=("city",)), raw, BY_STATUS, KEYS_ONLY) == {"": 1, "by-city": 1}
    raw["status"] = text("NEW")
    assert units(change(raw, set={"note": text("n")}), raw, BY_STATUS, KEYS_ONLY) == {"": 1, "by-status": 1}
    assert units(change(raw, delete=True), raw, BY_STATUS, KEYS_ONLY) == {"": 1, "by-status": 1, "by-city": 1}


def test_another_key_in_an_index_is_two_writes() -> None:
    """The old entry goes, the new one comes."""
    raw = {"id": text("1"), "status": text("NEW"), "note": text("x" * 1500)}
    assert units(change(raw, set={"status": text("PAID")}), raw, BY_STATUS) == {"": 2, "by-status": 4}


def test_a_local_index_consumes_what_its_table_has() -> None:
    """As the service counts it."""
    raw = {"id": text("1"), "total": {"N": "1"}}
    assert units(change(raw, set={"note": text("n")}), raw, LOCAL) == {"": 2}


def test_a_transaction_costs_twice() -> None:
    """Of this item, and of the others in it; those of a table that nobody asked about are counted too."""
    raw = {"id": text("1")}
    others = (
        {"Put": {"TableName": "archive", "Item": {"id": text("1"), "note": text("x" * 1500)}}},
        {"Put": {"TableName": "elsewhere", "Item": {"id": text("1")}}},
        {"Delete": {"TableName": "archive", "Key": {"id": text("0")}}},
    )
    known = {"archive": table(name="archive", item_bytes=1500.0)}
    write = change(raw, set={"status": text("MOVED")}, others=others)
    assert units_of(write, raw, table(BY_STATUS), known.get) == {
        ("orders", ""): 2, ("orders", "by-status"): 2, ("archive", ""): 2 * 2 + 2 * 2, ("elsewhere", ""): 2,
    }  # fmt: skip


def test_a_blind_put_is_taken_for_a_new_item() -> None:
    """With an entry in each index that it is in."""
    other = table(BY_STATUS, name="archive", item_bytes=2500.0)
    put = UnconditionalWrite({}, other, (), '{"PutRequest":{"Item":{"id":{"S":"1"},"status":{"S":"OLD"}}}}')
    assert units_of(put, {}, table(), lambda _: None) == {("archive", ""): 1, ("archive", "by-status"): 1}
    gone = UnconditionalWrite({}, other, (), '{"DeleteRequest":{"Key":{"id":{"S":"1"}}}}')
    assert units_of(gone, {}, table(), lambda _: None) == {("archive", ""): 3}
