"""What a run consumed, by the minute."""

import json
import math
import threading

from dynamigrate.consumption import CapacityKey, Own, OwnConsumption
from tests.unit.fakes import MORNING

WRITES, BY_STATE = CapacityKey("write"), CapacityKey("write", "by-state")
NINE = int(MORNING)


def test_it_is_kept_by_table_index_direction_and_minute() -> None:
    """And nothing is mixed up."""
    use = OwnConsumption()
    use.note("orders", "write", {"": 3.0, "by-state": 1.0}, sent=NINE + 1, answered=NINE + 2)
    use.note("orders", "write", {"": 4.0}, sent=NINE + 59, answered=NINE + 59.9)
    use.note("orders", "read", {"": 9.0}, sent=NINE + 1, answered=NINE + 2)
    use.note("archive", "write", {"": 9.0}, sent=NINE + 1, answered=NINE + 2)
    use.note("orders", "write", {"": 9.0}, sent=NINE + 60, answered=NINE + 61)
    assert use.minute("orders", WRITES, NINE) == Own(7.0, 7.0)
    assert use.minute("orders", BY_STATE, NINE) == Own(1.0, 1.0)
    assert use.minute("orders", WRITES, NINE - 60) == Own(0.0, 0.0)


def test_what_was_under_way_in_several_minutes_may_belong_to_each() -> None:
    """Nobody but the service knows."""
    use = OwnConsumption()
    use.note("orders", "write", {"": 5.0}, sent=NINE - 1, answered=NINE + 61)
    assert [use.minute("orders", WRITES, NINE + 60 * n) for n in (-1, 0, 1)] == [Own(0.0, 5.0)] * 3


def test_minutes_are_told_by_the_services_clock() -> None:
    """Ours is 100 seconds behind."""
    use = OwnConsumption()
    use.ahead = 100.0
    use.note("orders", "write", {"": 5.0}, sent=NINE - 90, answered=NINE - 90)
    assert use.minute("orders", WRITES, NINE) == Own(5.0, 5.0)


def test_what_is_old_is_forgotten() -> None:
    """A backfill may run for days."""
    use = OwnConsumption()
    for minute in range(1000):
        use.note("orders", "write", {"": 1.0}, sent=NINE + 60 * minute, answered=NINE + 60 * minute)
    assert use.minute("orders", WRITES, NINE + 60 * 984) == Own(1.0, 1.0)
    assert len(use.kept("orders")) == 16


def test_another_process_goes_on_with_it() -> None:
    """It is kept as JSON, of one table, and added to what there is."""
    before, after = OwnConsumption(), OwnConsumption()
    before.note("orders", "write", {"": 3.0, "by-state": 1.0}, sent=NINE - 1, answered=NINE + 1)
    before.note("archive", "write", {"": 9.0}, sent=NINE, answered=NINE)
    after.note("orders", "write", {"": 2.0}, sent=NINE + 30, answered=NINE + 30)
    after.restore("orders", json.loads(json.dumps(before.kept("orders"))))
    assert after.minute("orders", WRITES, NINE) == Own(2.0, 5.0)
    assert after.minute("orders", BY_STATE, NINE - 60) == Own(0.0, 1.0)
    assert after.kept("archive") == []


def test_what_siblings_consumed_is_the_runs_own_too() -> None:
    """In place of what they said before, and never told as this process's own."""
    mine, first, second = OwnConsumption(), OwnConsumption(), OwnConsumption()
    mine.note("orders", "write", {"": 1.0}, sent=NINE + 1, answered=NINE + 2)
    first.note("orders", "write", {"": 10.0, "by-state": 5.0}, sent=NINE + 1, answered=NINE + 2)
    second.note("orders", "write", {"": 100.0}, sent=NINE - 1, answered=NINE + 1)
    assert mine.known_until("orders") == math.inf
    for _ in range(3):
        mine.hear("orders", [json.loads(json.dumps(one.kept("orders"))) for one in (first, second)], until=NINE + 50)
        assert mine.minute("orders", WRITES, NINE) == Own(11.0, 111.0)
        assert mine.minute("orders", BY_STATE, NINE) == Own(5.0, 5.0)
        assert mine.minute("orders", WRITES, NINE - 60) == Own(0.0, 100.0)
    assert mine.known_until("orders") == NINE + 50
    assert mine.known_until("archive") == math.inf
    assert mine.kept("orders") == [["write", "", NINE, 1.0, 1.0]]
    mine.hear("archive", [], until=NINE)
    mine.hear("orders", [first.kept("orders")], until=NINE + 60)
    assert mine.minute("orders", WRITES, NINE) == Own(11.0, 11.0)


def test_threads_share_it() -> None:
    """Nothing is lost between two of them."""
    use = OwnConsumption()

    def spend() -> None:
        for _ in range(2000):
            use.note("orders", "write", {"": 1.0}, sent=NINE, answered=NINE)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert use.minute("orders", WRITES, NINE) == Own(8000.0, 8000.0)
