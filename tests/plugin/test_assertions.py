"""Each assertion passes for a good migration, and fails for a broken one with the words that its author needs."""

import time
from textwrap import dedent

import pytest

from dynamigrate import MigrationFailed
from dynamigrate_pytest import MigrationTest
from tests.plugin.conftest import ID, Write

GOOD_BACKFILL = """
from dynamigrate import Backfill, Update

def add(item, ctx):
    if "status" not in item:
        return Update(set={"status": "NEW"})

def remove(item, ctx):
    if item.get("status") == "NEW":
        return Update(remove=["status"])

do = Backfill(table="orders", transform=add)
undo = Backfill(table="orders", transform=remove)
"""

GOOD_FUNCTION = """
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        try:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="SET #status = if_not_exists(#status, :new)",
                ConditionExpression="attribute_exists(orderId)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":new": {"S": "NEW"}},
            )
        except ctx.dynamodb.exceptions.ConditionalCheckFailedException:
            pass

def undo(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if order.get("status") == {"S": "NEW"}:
            ctx.dynamodb.update_item(
                TableName=ctx.tables["orders"],
                Key={"orderId": order["orderId"]},
                UpdateExpression="REMOVE #status",
                ExpressionAttributeNames={"#status": "status"},
            )
"""


def words(text: str) -> str:
    """As it stands in a message, whatever the indentation here."""
    return dedent(text).strip("\n")


@pytest.fixture(autouse=True)
def orders(migration_test: MigrationTest) -> None:
    migration_test.make_table(
        "orders",
        key="orderId",
        items=[
            {"orderId": "1001", "total": 5, "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]},
            {"orderId": "1002", "total": 6, "note": "by hand"},
            {"orderId": "1003", "status": "PAID", "total": 7},
        ],
    )


def failure_of(call: object, *arguments: object) -> str:
    """The message of the assertion that fails."""
    with pytest.raises(AssertionError) as failed:
        call(*arguments)  # type: ignore[operator]
    return str(failed.value)


class TestGoodOnes:
    """They pass, and leave the data as it was."""

    @pytest.mark.parametrize("text", [GOOD_BACKFILL, GOOD_FUNCTION], ids=["backfill", "function"])
    def test_pass_all(self, migration_test: MigrationTest, write: Write, text: str) -> None:
        """In both directions."""
        write(text)
        before = migration_test.items("orders")
        migration_test.assert_repeatable(ID)
        migration_test.assert_undone(ID)
        migration_test.assert_survives_crashes(ID)
        migration_test.assert_survives_crashes(ID, "undo")
        migration_test.assert_loses_no_write(ID)
        assert migration_test.items("orders") == before

    @pytest.mark.parametrize("made", ["before", "when it is called"])
    def test_may_call_a_backfill(self, migration_test: MigrationTest, write: Write, made: str) -> None:
        """One item after the other there, too."""
        call = "both(ctx)" if made == "before" else "Backfill(table='orders', transform=add)(ctx)"
        write(f"""
from dynamigrate import Backfill, Update
from threading import current_thread

THREADS = set()

def add(item, ctx):
    if "status" not in item:
        THREADS.add(current_thread().name)
        return Update(set={{"status": "NEW"}})

both = Backfill(table="orders", transform=add)

def do(ctx):
    {call}
    assert len(THREADS) <= 2, "one for the estimate, one for the work"
""")
        migration_test.assert_survives_crashes(ID)
        migration_test.assert_loses_no_write(ID)

    def test_are_guarded(self, migration_test: MigrationTest, write: Write) -> None:
        """Of a function only its author knows the conditions."""
        write(GOOD_BACKFILL)
        migration_test.assert_guarded(ID)
        write(GOOD_FUNCTION)
        with pytest.raises(TypeError, match="20261123090000_add_status is no Backfill"):
            migration_test.assert_guarded(ID)


class TestRepeated:
    """`assert_repeatable`"""

    def test_says_what_the_second_time_changes(self, migration_test: MigrationTest, write: Write) -> None:
        """With the one item, and the one attribute of it, that shows it."""
        write("""
from dynamigrate import Backfill, Update

def to_cents(item, ctx):
    if item.get("total", 0) > 5:
        return Update(set={"total": item["total"] * 100})

do = Backfill(table="orders", transform=to_cents)
""")
        assert failure_of(migration_test.assert_repeatable, ID) == words("""
            20261123090000_add_status: done a second time, it changes what it did the first time.

              orders {"orderId": "1003"}: total was 700, is 70000

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1003", "total": 7}

            A deploy that is killed does it again, over what is done already. Look first whether an item's work is done, take no time of day and no random number, and count nothing up; or, in a Backfill, say once=True.
        """)

    def test_finds_a_clock_that_counts_days(self, migration_test: MigrationTest, write: Write) -> None:
        """Both times are within one second, and the second one is another day to the migration."""
        write("""
import datetime as dt
from datetime import date
import time
from dynamigrate import Backfill, Update

def stamp(item, ctx):
    now = dt.datetime.now(dt.UTC)
    assert isinstance(now, dt.datetime)
    return Update(set={"at": now.date().isoformat(), "day": date.today().isoformat(), "s": int(time.time()) // 3600})

do = Backfill(table="orders", transform=stamp)
""")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert 'orders {"orderId": "1003"}: at was "' in said
        assert ": day was " in said
        assert ": s was " in said

    def test_says_that_the_second_time_fails(self, migration_test: MigrationTest, write: Write) -> None:
        """With what was raised."""
        write("""
def do(ctx):
    ctx.dynamodb.create_table(
        TableName="labels",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "code", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "code", "KeyType": "HASH"}],
    )
""")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert "20261123090000_add_status: done a second time, it fails." in said
        assert "ResourceInUseException" in said
        assert "The smallest case that shows it, 0 of 3 items" not in said
        assert "It takes no item to show it." in said

    def test_does_not_pass_for_what_changes_nothing(self, migration_test: MigrationTest, write: Write) -> None:
        """It would say nothing of a migration for other data."""
        write("def do(ctx):\n    pass\n")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert "it changes nothing of the data that this test made, so there is nothing to judge." in said

    def test_lets_a_failure_of_the_first_time_through(self, migration_test: MigrationTest, write: Write) -> None:
        """It is the migration's own, with its line."""
        write("def do(ctx):\n    raise KeyError('status')\n")
        with pytest.raises(Exception, match=r"KeyError: 'status' \(20261123090000_add_status\.py:2\)"):
            migration_test.assert_repeatable(ID)


class TestUndone:
    """`assert_undone`"""

    def test_names_the_attribute_that_the_undo_forgets(self, migration_test: MigrationTest, write: Write) -> None:
        """By its path, within a map within a list too."""
        write("""
from dynamigrate import Backfill, Update

def price(item, ctx):
    lines = [{**line, "cents": 100} for line in item.get("lines", [])]
    if lines:
        return Update(set={"lines": lines, "priced": True})

def unprice(item, ctx):
    if "priced" in item:
        return Update(remove=["priced"])

do = Backfill(table="orders", transform=price)
undo = Backfill(table="orders", transform=unprice)
""")
        assert failure_of(migration_test.assert_undone, ID) == words("""
            20261123090000_add_status: do, then undo, does not give back what was there.

              orders {"orderId": "1001"}: lines[0].cents was absent, is 100

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1001", "lines": [{}]}

            Have the undo put back what the do changed; what it can't know any more, the do has to keep.
        """)

    def test_says_that_there_is_no_undo(self, migration_test: MigrationTest, write: Write) -> None:
        """Nothing is run."""
        write("def do(ctx):\n    raise AssertionError\n")
        said = failure_of(migration_test.assert_undone, ID)
        assert said == "20261123090000_add_status has no undo, so there is nothing to assert of it."

    def test_does_not_take_the_engines_stamp_for_data(self, migration_test: MigrationTest, write: Write) -> None:
        """An item that ``once=True`` has marked is marked as undone."""
        write("""
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] * 100}), once=True)
undo = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] / 100}), once=True)
""")
        migration_test.assert_undone(ID)
        migration_test.assert_repeatable(ID)


class TestCrashes:
    """`assert_survives_crashes`"""

    def test_finds_the_hole_between_two_writes(self, migration_test: MigrationTest, write: Write) -> None:
        """With the request's number and operation, and what was there at that moment."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if "note" in order:
            ctx.dynamodb.delete_item(TableName=ctx.tables["orders"], Key={"orderId": order["orderId"]})
            ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={**order, "orderId": {"S": "n-1"}})
""")
        assert failure_of(migration_test.assert_survives_crashes, ID) == words("""
            20261123090000_add_status: killed right after request 2 (DeleteItem to orders) of 3, before its answer came, and run again, it does not come to the same end.

              orders {"orderId": "n-1", "note": "by hand"}: the item should be there, is absent
              When it was killed:
              orders {"orderId": "n-1", "note": "by hand"}: the item should be there, was absent

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1002", "note": "by hand"}

            Whatever was done before the kill is done, and nothing after it: have each write stand by itself and be recognized when it is done already, or put those that belong together into one transaction.
        """)

    def test_finds_that_a_backfill_does_again_what_was_done(self, migration_test: MigrationTest, write: Write) -> None:
        """No checkpoint was saved since the write."""
        write("""
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] + 1}))
""")
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "(UpdateItem to orders)" in said
        assert 'orders {"orderId": "1003", "total": 7}' in said
        assert "total should be 8, is 9" in said

    def test_finds_that_the_next_run_fails(self, migration_test: MigrationTest, write: Write) -> None:
        """With what it raised."""
        write("""
def do(ctx):
    for number in range(2):
        ctx.dynamodb.put_item(
            TableName=ctx.tables["orders"],
            Item={"orderId": {"S": f"n-{number}"}},
            ConditionExpression="attribute_not_exists(orderId)",
        )
""")
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "killed right after request 1 (PutItem to orders) of 2, before its answer came, and run again" in said
        assert "it fails." in said
        assert "ConditionalCheckFailedException" in said

    @pytest.mark.parametrize("early", [False, True], ids=["after the write", "before it"])
    def test_are_tried_at_each_checkpoint(self, migration_test: MigrationTest, write: Write, early: bool) -> None:
        """What is saved before its work is done is passed over by the run that goes on."""
        save = "done.append(order['orderId']['S'])\n            ctx.checkpoint.save(done)"
        write(f"""
def do(ctx):
    done = ctx.checkpoint.load() or []
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if order["orderId"]["S"] not in done:
            {save if early else "pass"}
            ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={{**order, "seen": {{"BOOL": True}}}})
            {"pass" if early else save}
""")
        if not early:
            migration_test.assert_survives_crashes(ID)
            return
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "killed right before request 2 (PutItem to orders) of 2, and run again" in said
        assert 'orders {"orderId": "1003"}: seen should be true, is absent' in said

    def test_are_not_outlived_by_what_catches_everything(self, migration_test: MigrationTest, write: Write) -> None:
        """Whatever it sends when it is dead gets nowhere."""
        write("""
def do(ctx):
    try:
        ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}, "a": {"N": "1"}})
        ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}, "a": {"N": "2"}})
    except BaseException:
        ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "broken"}})
""")
        migration_test.assert_survives_crashes(ID)

    def test_of_an_undo_are_found_too(self, migration_test: MigrationTest, write: Write) -> None:
        """It says so by the same words."""
        write("""
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}, "left": {"N": "3"}})

def undo(ctx):
    orders = ctx.tables["orders"]
    ctx.dynamodb.update_item(
        TableName=orders,
        Key={"orderId": {"S": "n"}},
        UpdateExpression="ADD #left :less",
        ExpressionAttributeNames={"#left": "left"},
        ExpressionAttributeValues={":less": {"N": "-1"}},
    )
""")
        migration_test.assert_survives_crashes(ID)
        said = failure_of(migration_test.assert_survives_crashes, ID, "undo")
        assert 'orders {"orderId": "n"}: left should be 2, is 1' in said
        assert "It takes no item to show it." in said


class TestLostWrites:
    """`assert_loses_no_write`"""

    def test_finds_a_put_of_what_was_read(self, migration_test: MigrationTest, write: Write) -> None:
        """Which writes over whatever came in between."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        if "status" not in order:
            ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={**order, "status": {"S": "NEW"}})
""")
        assert failure_of(migration_test.assert_loses_no_write, ID) == words("""
            20261123090000_add_status: it writes over what somebody else wrote in between.

              orders {"orderId": "1002"}: the application set written_meanwhile to "by the application", right before request 2 (PutItem to orders)
              Had that come first, the end would be another:
              orders {"orderId": "1002"}: written_meanwhile should be "by the application", is absent

            The smallest case that shows it, 1 of 3 items:
              orders {"orderId": "1002"}

            Between reading an item and writing it somebody else may change it: set only the attributes that are yours (update_item, never put_item of what was read), on the condition that what was read is still so, and read again where it is not. A Backfill does all that, without overwrite=True.
        """)

    def test_finds_overwrite(self, migration_test: MigrationTest, write: Write) -> None:
        """What the application has given the item meanwhile is written over."""
        write(GOOD_BACKFILL.replace("transform=add)", "transform=add, overwrite=True)"))
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert 'orders {"orderId": "1002"}: the application set status to "' in said
        assert ', is "NEW"' in said

    def test_finds_what_brings_a_deleted_item_back(self, migration_test: MigrationTest, write: Write) -> None:
        """An update of an item that is not there makes it."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]:
        ctx.dynamodb.update_item(
            TableName=ctx.tables["orders"],
            Key={"orderId": order["orderId"]},
            UpdateExpression="SET seen = :yes",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert (
            'orders {"orderId": "1003"}: the application deleted it, right before request 2 (UpdateItem to orders)'
            in said
        )
        assert 'orders {"orderId": "1003", "seen": true}: the item should be absent, is there' in said

    def test_finds_a_backfill_that_does_not_settle(self, migration_test: MigrationTest, write: Write) -> None:
        """A look afterwards would change items, in the words that a deploy has."""
        write("""
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"total": item["total"] * 100}))
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert "20261123090000_add_status: once it is done, it would still change items: it does not settle." in said
        assert 'it would change the item {"orderId": "1003"}' in said
        assert "Say once=True, so that no item is changed twice" in said

    def test_says_that_runs_can_not_be_compared(self, migration_test: MigrationTest, write: Write) -> None:
        """Of one that makes something else of the data each time, no end is the right one."""
        write("""
from uuid import uuid4
from dynamigrate import Backfill, Update

do = Backfill(table="orders", transform=lambda item, ctx: Update(set={"ref": str(uuid4())}) if "ref" not in item else None)
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert "it makes something else of it each time, so two runs of it can't be compared." in said
        assert 'orders {"orderId": "1003"}: ref was "' in said


class TestGuarded:
    """`assert_guarded`"""

    def test_finds_what_is_read_elsewhere(self, migration_test: MigrationTest, write: Write) -> None:
        """In another table, by a request of transform's own."""
        migration_test.make_table("customers", key="id", items=[{"id": "c", "country": "DE"}])
        write("""
from dynamigrate import Backfill, Update

def country(item, ctx):
    found = ctx.dynamodb.get_item(TableName=ctx.tables["customers"], Key={"id": {"S": "c"}})
    if "country" not in item:
        return Update(set={"country": found.get("Item", {}).get("country", {}).get("S", "?")})

do = Backfill(table="orders", transform=country)
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform asks for more than its item, and what it is told is in no condition." in said
        assert "orders {'orderId': '1003'}: transform sends GetItem to customers" in said

    @pytest.mark.parametrize(
        "value", ["time.strftime('%j')", "int(time.time()) // 90_000", "random.random()", "next(COUNT)"]
    )
    def test_finds_what_is_no_function_of_the_item(
        self, migration_test: MigrationTest, write: Write, value: str
    ) -> None:
        """The clock, chance, and what is kept from one call to the next."""
        write(f"""
import itertools, random, time
from dynamigrate import Backfill, Update

COUNT = itertools.count()

def add(item, ctx):
    if "n" not in item:
        return Update(set={{"n": str({value})}})

do = Backfill(table="orders", transform=add)
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform makes something else of the same item each time" in said
        assert "it returned Update(set={'n': '" in said

    def test_finds_a_cache(self, migration_test: MigrationTest, write: Write) -> None:
        """What was read of an item in an earlier call is compared in none that comes later."""
        write("""
from dynamigrate import Backfill, Update

LABELS = {}

def label(item, ctx):
    if "label" not in item:
        key = item["orderId"]
        if key not in LABELS:
            LABELS[key] = f"{item['total']} EUR"
        return Update(set={"label": LABELS[key]})

do = Backfill(table="orders", transform=label)
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform keeps what it read of an item, so a later call's write is not compared with it." in said
        assert "called again, it did not read total, and returned the same" in said

    def test_finds_overwrite(self, migration_test: MigrationTest, write: Write) -> None:
        """Nothing is compared at all."""
        write(GOOD_BACKFILL.replace("transform=add)", "transform=add, overwrite=True)"))
        said = failure_of(migration_test.assert_guarded, ID)
        assert "it says overwrite=True, so nothing that transform reads is compared when its write arrives." in said

    def test_finds_a_single_write_elsewhere(self, migration_test: MigrationTest, write: Write) -> None:
        """It is compared with nothing; in a list it would be."""
        migration_test.make_table("copies", key="orderId")
        write("""
from dynamigrate import Backfill, Put

do = Backfill(table="orders", transform=lambda item, ctx: Put({**item}, table="copies"))
""")
        said = failure_of(migration_test.assert_guarded, ID)
        assert "transform writes another item by itself" in said
        assert "Return it in a list" in said
        write("""
from dynamigrate import Backfill, Put

do = Backfill(table="orders", transform=lambda item, ctx: [Put({**item}, table="copies")])
""")
        migration_test.assert_guarded(ID)


class TestTheClock:
    """It stands still in the files of a migration, so what goes by it can be judged."""

    def test_stands_still_in_runs_that_are_compared(self, migration_test: MigrationTest, write: Write) -> None:
        """A time that is written once is the same, whenever the process was killed."""
        write("""
import time
from datetime import UTC, datetime
from dynamigrate import Backfill, Update

def stamp(item, ctx):
    if "at" not in item:
        return Update(set={"at": datetime.now(UTC).isoformat(), "expires": int(time.time()) + 86_400})

do = Backfill(table="orders", transform=stamp)
""")
        migration_test.assert_repeatable(ID)
        migration_test.assert_survives_crashes(ID)
        migration_test.assert_loses_no_write(ID)
        assert "another day" in failure_of(migration_test.assert_guarded, ID)

    def test_goes_on_for_whoever_waits_by_it(self, migration_test: MigrationTest, write: Write) -> None:
        """And is everybody's own again afterwards, as it is for a migration that is done."""
        write("""
import time

def do(ctx):
    until = time.time() + 5
    while time.time() < until:
        time.sleep(0)
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "n"}})
""")
        migration_test.assert_repeatable(ID)
        write("""
import time

def do(ctx):
    now = {"S": str(time.time())}
    ctx.dynamodb.put_item(TableName=ctx.tables["orders"], Item={"orderId": {"S": "0"}, "at": now})
""")
        seen = []
        for _ in range(2):
            migration_test.do(ID)
            seen.append(float(migration_test.items("orders")[0]["at"]))
        assert seen[0] < seen[1]
        assert abs(time.time() - seen[1]) < 60


class TestFailing:
    """What fails in a run that is not the first one."""

    def test_is_told_of_a_check_that_does_not_bear_what_is_done(
        self, migration_test: MigrationTest, write: Write
    ) -> None:
        """Half of it done, no deploy would come past it."""
        write(f"""
{GOOD_FUNCTION}

def check(ctx):
    found = ctx.dynamodb.scan(TableName=ctx.tables["orders"])["Items"]
    assert all("status" not in order or order["status"] == {{"S": "PAID"}} for order in found), "there are new ones"
""")
        said = failure_of(migration_test.assert_repeatable, ID)
        assert "done a second time, it fails." in said
        assert "there are new ones" in said
        said = failure_of(migration_test.assert_survives_crashes, ID)
        assert "and run again, it fails." in said
        assert "there are new ones" in said

    def test_is_told_of_one_that_is_stuck_on_what_somebody_wrote(
        self, migration_test: MigrationTest, write: Write
    ) -> None:
        """It fails for good, although it bears what was written before it began."""
        write("""
def do(ctx):
    orders = ctx.tables["orders"]
    for order in ctx.dynamodb.scan(TableName=orders)["Items"]:
        if "written_meanwhile" in order and "begun" in order:
            raise ValueError(order["orderId"]["S"])
        key = {"orderId": order["orderId"]}
        if "written_meanwhile" not in order:
            ctx.dynamodb.update_item(TableName=orders, Key=key, UpdateExpression="SET begun = :x",
                ConditionExpression="attribute_exists(orderId)", ExpressionAttributeValues={":x": {"BOOL": True}})
        ctx.dynamodb.update_item(TableName=orders, Key=key, UpdateExpression="SET done = :x",
            ConditionExpression="attribute_exists(orderId) AND NOT (attribute_exists(begun) AND attribute_exists(written_meanwhile))",
            ExpressionAttributeValues={":x": {"BOOL": True}})
""")
        said = failure_of(migration_test.assert_loses_no_write, ID)
        assert "it fails where somebody else writes in between, and again when it is run again." in said
        assert "the application set written_meanwhile to" in said
        assert "ValueError" in said or "1003" in said

    def test_is_told_with_the_migrations_own_line(self, migration_test: MigrationTest, write: Write) -> None:
        """And with no line of the plugin, also where the engine finds the fault."""
        for returned, said in (("1 / 0", r"\(20261123090000_add_status\.py:3\)"), ("7", r"a list of them, or None")):
            write(
                f"from dynamigrate import Backfill\ndef fault(item, ctx):\n    return {returned}\ndo = Backfill('orders', fault)\n"
            )
            with pytest.raises(MigrationFailed, match=said) as failed:
                migration_test.assert_repeatable(ID)
            assert "trial.py" not in str(failed.value)
