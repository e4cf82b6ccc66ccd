"""Whatever stands in the state tables, the state can be read, and a person can settle it."""

import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamigrate import MemoryTarget
from dynamigrate.clock import timestamp
from dynamigrate.commands.answers import laid_out, lock_view
from dynamigrate.commands.looking import _dirty, _row, _run
from dynamigrate.dynamodb.items import progress_attribute, read_record, read_records
from dynamigrate.dynamodb.lock.status import read_status
from dynamigrate.dynamodb.runs import read_run
from dynamigrate.errors import MigrationsError
from dynamigrate.status import status

TEXTS = st.text(st.characters(categories=None), max_size=20)
NUMBERS = st.one_of(
    st.integers().map(str), st.floats().map(str), st.sampled_from(["1E+125", "-1", "12.5", "1e999999999", "", "x"])
)
LEAVES = st.one_of(
    st.builds(
        lambda value: {"S": value}, TEXTS | st.sampled_from(["{}", "[1", "null", '{"a": NaN}', "undo", "[" * 10_000])
    ),
    st.builds(lambda value: {"N": value}, NUMBERS),
    st.builds(lambda value: {"BOOL": value}, st.booleans()),
    st.just({"NULL": True}),
    st.just({"B": b"bytes"}),
    st.just({"SS": ["a"]}),
    st.just({}),
)
ATTRIBUTES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda value: {"L": value}, st.lists(inner, max_size=3))
        | st.builds(
            lambda value: {"M": value},
            st.dictionaries(
                st.sampled_from(["done", "total", "type", "message", "where", "rate"]) | TEXTS, inner, max_size=4
            ),
        )
    ),
    max_leaves=6,
)


def items(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names) | TEXTS, ATTRIBUTES, max_size=8)


RECORDS = items(
    "Dirty", "Description", "Checksum", "StartedAt", "FinishedAt", "DurationMs", "RunId", "Actor", "AppVersion", "Action",
    "Error", "Checkpoint", "Progress", "dirty", "RestorePoint",
)  # fmt: skip
LOCKS = items("Owner", "Beat", "LeaseMs", "DeadlineMs", "AcquiredAt", "Holder", "RequestId", "RunId", "Stop", "Pause")
RUNS = items(
    "RunId",
    "Actor",
    "DeployId",
    "Command",
    "StartedAt",
    "Result",
    "Failed",
    "Note",
    "DurationMs",
    "Applied",
    "Undone",
    "RestorePoint",
)

quietly = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _silence() -> Any:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
@quietly
@given(RECORDS)
def test_any_migrations_item_can_be_read_and_shown(item: dict[str, Any]) -> None:
    """Its id and its mark decide."""
    record = read_record("t", {**item, "ID": {"S": "7"}})
    mark = item.get("Dirty", item.get("dirty", {"BOOL": False}))
    assert record.dirty == (mark != {"BOOL": False})
    report = status((), MemoryTarget.holding([record]))
    shown = [*map(_row, report.migrations), *map(_dirty, report.dirty)]
    json.dumps(laid_out({"shown": shown}), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.slow
@quietly
@given(LOCKS)
def test_any_lock_can_be_read_and_shown(item: dict[str, Any]) -> None:
    """And told to whoever wants it; one that does not say whether its holder lives is never taken over."""
    found = read_status("migrations", item)
    found.held_error()
    found.beating_error()
    timestamp(found.deadline_ms / 1000)
    json.dumps(laid_out(lock_view(found)), allow_nan=False, ensure_ascii=False).encode()
    if any(name in item and set(item[name]) != {"N"} for name in ("Beat", "LeaseMs", "DeadlineMs")):
        assert found.foreign


@pytest.mark.slow
@quietly
@given(RUNS)
def test_any_run_can_be_read_and_shown(item: dict[str, Any]) -> None:
    """What makes no sense in it is left out."""
    json.dumps(laid_out(_run(read_run(item))), allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("done", "total"), [(1, 3), (12.5, 100), (10**17, 10**18), (10**37, 10**60), (1e20, 1e125), (-1, 0), (0.1, 1 / 3)]
)
def test_progress_is_read_as_it_was_written(done: float, total: float) -> None:
    """To sixteen digits, or thirty-eight of a whole number."""
    attribute = progress_attribute(done, total, {"rate": 0.5})
    record = read_record("t", {"ID": {"S": "1"}, "Dirty": {"BOOL": True}, "Progress": attribute})
    assert record.progress is not None
    assert list(record.progress) == pytest.approx([done, total])
    assert record.figures == {"rate": 0.5}


def test_an_item_that_is_no_migration_is_passed_over_beside_others(caplog: pytest.LogCaptureFixture) -> None:
    """By name; where there is nothing else, it is another table."""
    logging.disable(logging.NOTSET)
    migration = {"ID": {"S": "7"}, "Dirty": {"BOOL": False}}
    odd: list[dict[str, Any]] = [{"ID": {"S": "note"}}, {"ID": {"N": "7"}}, {}]
    assert [record.id for record in read_records("t", [*odd, migration])] == ["7"]
    (line,) = [record for record in caplog.records if vars(record).get("event") == "history.item_passed_over"]
    assert vars(line)["items"] == ["note", "", ""]
    with pytest.raises(MigrationsError, match="The table t has an item 'note', which is no migration"):
        read_records("t", odd)
