"""Deploys of one recipe's folder: runs before and after the application's, and the application's code beside them."""

import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

from dynamigrate import DynamoDBTarget, FolderSource, Outcome, migrate
from dynamigrate.records import Application
from dynamigrate.runtime import Runtime
from tests.docs.blocks import PROJECT

PAGE = PROJECT / "docs/how-to/recipes.md"
_FILE = re.compile(r"^\*\*`([^`]+)`\*\*(?:, ([\w ]+))?\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_to_python, _to_dynamodb = TypeDeserializer().deserialize, TypeSerializer().serialize


def recipes() -> dict[str, dict[tuple[str, str], str]]:
    """By their headings: files by their paths, and by what stands beside those: of which deploy they are."""
    _, *parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.partition("\n")[0]: {(path, when): text for path, when, text in _FILE.findall(part)} for part in parts}


class Deploys:
    """
    One recipe's folder and its tables.

    Attributes:
        client: Of the service that has the tables.
        sending: Called with the operation and the body of each request that is sent while a run is at work, right before it.
    """

    def __init__(self, client: Any, folder: Path, files: dict[tuple[str, str], str]) -> None:
        self.client = client
        self.sending: Callable[[str, str], object] = lambda operation, body: None
        self._files = files
        self._folder = folder / "migrations"
        self._folder.mkdir()
        (self._folder / "1_begin.py").write_text("def do(ctx):\n    pass\n", encoding="utf-8")
        self._state = f"state-{uuid4().hex[:8]}"
        self._target = DynamoDBTarget(client, table_name=self._state, lock_table_name=f"{self._state}-lock")
        self._tables: dict[str, str] = {}
        self._count = 0

    def make_table(self, name: str, *keys: str) -> None:
        client = self.client
        physical = self._tables[name] = f"{name}-{uuid4().hex[:8]}"
        client.create_table(
            TableName=physical,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
        client.get_waiter("table_exists").wait(TableName=physical)

    def add(self, *names: str) -> None:
        """Have the page's files of these names in the folder of migrations."""
        for name in names:
            (self._folder / name).write_text(self._files[f"migrations/{name}", ""], encoding="utf-8")

    def code(self, path: str, when: str, monkeypatch: Any) -> SimpleNamespace:
        """The application's code of one deploy, imported as a function of it would."""
        names: dict[str, Any] = {}
        resource = boto3.resource(
            "dynamodb",
            endpoint_url=self.client.meta.endpoint_url,
            config=Config(proxies={}, retries={"mode": "standard"}),
        )
        with monkeypatch.context() as patch:
            for name, physical in self._tables.items():
                patch.setenv(name.upper(), physical)
            patch.setattr(boto3, "client", lambda _: self.client)
            patch.setattr(boto3, "resource", lambda _: resource)
            if (helper := self._files.get(("migrations/_orders.py", ""))) is not None:
                module = SimpleNamespace()
                exec(compile(helper, "_orders.py", "exec"), module.__dict__)  # the page's own code
                patch.setitem(sys.modules, "_orders", module)
            exec(compile(self._files[path, when], path, "exec"), names)  # the page's own code
        return SimpleNamespace(**names)

    def before(self) -> Outcome:
        return self._migrate("before")

    def after(self) -> Outcome:
        self._count += 1
        at = f"2026-12-01T{self._count:02}:00:00.000Z"
        application = Application(deploy_id=f"d-{self._count}", app_version=str(self._count), at=at)
        return self._migrate("after", before_planning=lambda: self._target.note_application(application))

    def deploy(self) -> Outcome:
        """One beside which nobody writes; returns what ran after the application's."""
        self.before()
        return self.after()

    def _migrate(self, phase: Any, **runtime: Any) -> Outcome:
        def send(model: Any, params: Any, **_: object) -> None:
            self.sending(model.name, params["body"].decode())

        self.client.meta.events.register("before-call.dynamodb", send)
        try:
            return migrate(
                FolderSource(self._folder),
                self._target,
                dynamodb=self.client,
                phase=phase,
                tables=self._tables,
                runtime=Runtime(awaits_application=True, **runtime),
            )
        finally:
            self.client.meta.events.unregister("before-call.dynamodb", send)

    def put(self, table: str, **attributes: Any) -> None:
        """As old code writes an item."""
        item = {name: _to_dynamodb(value) for name, value in attributes.items()}
        self.client.put_item(TableName=self._tables[table], Item=item)

    def delete(self, table: str, **key: Any) -> None:
        self.client.delete_item(
            TableName=self._tables[table], Key={name: _to_dynamodb(value) for name, value in key.items()}
        )

    def items(self, table: str, key: str = "orderId") -> dict[str, dict[str, Any]]:
        found = self.client.scan(TableName=self._tables[table], ConsistentRead=True)["Items"]
        plain = [{name: _to_python(value) for name, value in item.items()} for item in found]
        return {item[key]: item for item in plain}

    def time_to_live(self, table: str) -> Any:
        return self.client.describe_time_to_live(TableName=self._tables[table])["TimeToLiveDescription"]

    def record(self, migration_id: str) -> Any:
        return next(one for one in self._target.records() if one.id == migration_id)

    def days_pass(self, days: int) -> None:
        """As far as the time goes that each migration is clean."""
        for record in self._target.records():
            if record.clean_since is not None:
                earlier = (datetime.fromisoformat(record.clean_since) - timedelta(days=days)).isoformat()
                self.client.update_item(
                    TableName=self._state,
                    Key={"ID": {"S": record.id}},
                    UpdateExpression="SET CleanSince = :earlier",
                    ExpressionAttributeValues={":earlier": {"S": earlier}},
                )


Make = Callable[[str], Deploys]
