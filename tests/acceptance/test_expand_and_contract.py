"""
The page on expanding and contracting, as it stands: its app, its migrations and its application's code, deployed three times
with the real CDK CLI, while a writer never stops.
"""

import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.sibling import APPS, DEPLOY, printed
from tests.acceptance.warm.process import WARM_CDK
from tests.docs.blocks import PROJECT

pytestmark = pytest.mark.acceptance

PAGE = PROJECT / "docs/how-to/expand-and-contract.md"
_FILE = re.compile(r"^\*\*`([^`]+)`\*\*(?:, ([\w ]+))?\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILL, DROP = "20261102090000", "20261116090000"
# A folder has one migration at least.
_BEGIN = "def do(ctx):\n    pass\n"
# So many that most of what old code writes during a deploy is not written again by new code.
ORDERS = [f"o-{number}" for number in range(300)]
PATIENCE = 60.0


def files() -> dict[tuple[str, str], str]:
    """The page's files, by their paths, and by what stands beside those: of which deploy they are."""
    return {(path, when): text for path, when, text in _FILE.findall(PAGE.read_text(encoding="utf-8"))}


class Shop:
    """The page's app, in a folder of its own."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        self.aws = aws
        self._folder = folder
        self._files = files()
        self.write("app.py")

    def write(self, path: str, when: str = "") -> None:
        """Write one of the page's files."""
        file = self._folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(self._files[path, when], encoding="utf-8")

    def begin(self) -> None:
        """As it was before anything is renamed."""
        self.write("orders/index.py", "before")
        (self._folder / "migrations").mkdir()
        (self._folder / "migrations" / "1_begin.py").write_text(_BEGIN, encoding="utf-8")

    def deploy(self) -> CdkResult:
        return self.aws.cdk(
            "deploy",
            "--all",
            *DEPLOY,
            app=WARM_CDK.command(APPS / "cli_credentials.py", str(self._folder / "app.py")),
            cwd=self._folder,
            output_directory=self._folder / "cdk.out",
        )

    def output(self, stack: str, name: str) -> str:
        [found] = self.aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return next(str(one["OutputValue"]) for one in found["Outputs"] if one["OutputKey"] == name)

    def invoke(self, function: str, **event: object) -> Any:
        answer = self.aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, body
        return body

    def after(self, **event: object) -> Any:
        """What the function answers that works after the application's deploy."""
        return self.invoke(self.output("ShopAfter", "AfterFunction"), **event)

    def row(self, migration_id: str) -> dict[str, Any]:
        """What its status says of a migration."""
        rows = self.after(action="status")["migrations"]
        return next(row for row in rows if row["id"] == migration_id)

    def table(self, part: str) -> str:
        tables = self.aws.client("dynamodb").list_tables()["TableNames"]
        return next(name for name in tables if name.startswith(f"ShopData-{part}"))

    def items(self) -> dict[str, dict[str, Any]]:
        found = self.aws.client("dynamodb").scan(TableName=self.table("Orders"), ConsistentRead=True)["Items"]
        return {item["orderId"]["S"]: item for item in found}

    def days_pass(self, migration_id: str, days: int) -> None:
        """As far as the time goes that a migration is clean."""
        client = self.aws.client("dynamodb")
        table = self.after(action="status")["state"]["table_name"]
        key: Any = {"TableName": table, "Key": {"ID": {"S": migration_id}}}
        since = client.get_item(**key)["Item"]["CleanSince"]["S"]
        earlier = (datetime.fromisoformat(since) - timedelta(days=days)).isoformat()
        client.update_item(
            **key,
            UpdateExpression="SET CleanSince = :earlier",
            ExpressionAttributeValues={":earlier": {"S": earlier}},
        )


class Writer:
    """Sets the price of one order or another and asks for it, as fast as the application answers."""

    def __init__(self, shop: Shop, orders: list[str]) -> None:
        self._shop = shop
        self._function = shop.output("ShopApplication", "OrdersFunction")
        self._orders = orders
        self._ending = threading.Event()
        self.prices = dict.fromkeys(orders, 0)
        self.wrong: list[str] = []
        self._thread = threading.Thread(target=self._write, daemon=True)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ending.set()
            self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _write(self) -> None:
        price, choose = 0, random.Random(self._orders[0])
        while not self._ending.is_set():
            order, price = choose.choice(self._orders), price + 1
            try:
                answer = self._shop.invoke(self._function, orderId=order, price=price)
            except Exception as error:
                self.wrong.append(f"{order} at {price}: {error!r}")
                return
            self.prices[order] = price
            if answer != {"price": str(price)}:
                self.wrong.append(f"{order} at {price}: {answer}")


@pytest.fixture(scope="module")
def shop(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(guarded_aws, tmp_path_factory.mktemp("shop"))
    shop.begin()
    first = shop.deploy()
    assert first.ok, first.output
    for order in ORDERS:
        item = {"orderId": {"S": order}, "price": {"N": "0"}}
        shop.aws.client("dynamodb").put_item(TableName=shop.table("Orders"), Item=item)
    return shop


def test_an_attribute_is_renamed_in_three_deploys_and_nothing_is_lost(shop: Shop) -> None:
    """Old code and new code write all the while, and each reads what was written last."""
    halves = [Writer(shop, ORDERS[::2]), Writer(shop, ORDERS[1::2])]
    with halves[0].at_work(), halves[1].at_work():
        shop.write(f"migrations/{FILL}_fill_amount.py")
        shop.write("orders/index.py", "first deploy")
        expanded = shop.deploy()
        assert expanded.ok, expanded.output
        filled = shop.row(FILL)
        assert (filled["state"], filled["verified"]["clean"]) == ("applied", True)
        assert "clean_since" in filled
        # What old code wrote after the backfill was through, and before the new code was there.
        assert filled["verified"]["settled"] > 0
        assert shop.after(action="verify", migration=FILL)["would_change"] == 0

        shop.write("orders/index.py", "second deploy")
        switched = shop.deploy()
        assert switched.ok, switched.output

        shop.write(f"migrations/{DROP}_drop_price.py")
        shop.write("orders/index.py", "third deploy")
        held = shop.deploy()
        assert held.ok, held.output
        row = shop.row(DROP)
        assert row["state"] == "held"
        assert f"{FILL}_fill_amount has been clean since" in row["waits_for"][0]
        assert "ready_at" in row
        assert f"{DROP}_drop_price is held: {FILL}_fill_amount has been clean since" in printed(held)

        shop.days_pass(FILL, 8)
        contracted = shop.after(action="migrate")
        assert (contracted["ok"], contracted["applied"]) == (True, [DROP]), contracted
    written = {**halves[0].prices, **halves[1].prices}
    assert (halves[0].wrong, halves[1].wrong) == ([], [])
    assert shop.items() == {
        order: {"orderId": {"S": order}, "amount": {"N": str(price)}} for order, price in written.items()
    }


def test_every_file_of_the_page_is_deployed() -> None:
    """None of its blocks goes unread."""
    blocks = re.findall(r"^```python$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(files()) == len(blocks)
