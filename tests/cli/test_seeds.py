"""A file of seeds: what may stand in it, and where it is wrong."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer
from moto import mock_aws

from dynamigrate_cli.faults import UsedWrongly
from dynamigrate_cli.local.seeds import read_seeds
from dynamigrate_cli.local.tables import Tables


def write(tmp_path: Path, text: str, name: str = "seeds.json") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


class TestItems:
    """Items, however they are written."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("one.json", '{"table": "orders", "items": [{"id": "1"}, {"id": "2"}]}'),
            ("list.json", '[{"table": "orders", "items": [{"id": "1"}]},\n{"table": "orders", "item": {"id": "2"}}]'),
            (
                "lines.jsonl",
                '{"table": "orders", "item": {"id": "1"}}\n\n{"table": "orders", "items": [{"id": "2"}]}\n',
            ),
            ("typed.json", '{"table": "orders", "items": [{"id": {"S": "1"}}, {"id": {"S": "2"}}]}'),
        ],
    )
    def test_are_the_same_in_every_form(self, tmp_path: Path, name: str, text: str) -> None:
        """One object, a list of them, one a line; plain, or as DynamoDB has them."""
        seeds = read_seeds(write(tmp_path, text, name))
        assert [(seed.table, seed.item) for seed in seeds] == [("orders", {"id": {"S": one}}) for one in "12"]

    def test_keep_their_values(self, tmp_path: Path) -> None:
        """Numbers are exact, and what is an object with one member that is no type stays one."""
        text = '{"table": "t", "item": {"id": 1, "price": 0.1, "on": true, "no": null, "tags": ["a", {"S": 1}], "m": {"S": "x"}}}'
        (seed,) = read_seeds(write(tmp_path, text))
        value_of: Any = TypeDeserializer().deserialize
        assert {name: value_of(value) for name, value in seed.item.items()} == {
            "id": 1,
            "price": Decimal("0.1"),
            "on": True,
            "no": None,
            "tags": ["a", {"S": 1}],
            "m": {"S": "x"},
        }

    def test_have_their_bytes_in_base64(self, tmp_path: Path) -> None:
        """As JSON has none, wherever in the item they are."""
        (seed,) = read_seeds(
            write(
                tmp_path, '{"table": "t", "item": {"id": {"B": "aGk="}, "m": {"M": {"l": {"L": [{"BS": ["aGk="]}]}}}}}'
            )
        )
        assert seed.item == {"id": {"B": b"hi"}, "m": {"M": {"l": {"L": [{"BS": [b"hi"]}]}}}}


class TestFaults:
    """What is wrong is said with the line that it is in."""

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("s.json", '{"table": "t",\n "items": [{"id": "1",}]}', r"s\.json:2: this is no JSON: .*\(column 2[23]\)"),
            ("s.jsonl", '{"table": "t", "item": {"id": "1"}}\n{"table": ', r"s\.jsonl:2: this is no JSON"),
            (
                "s.json",
                '[\n{"table": "t", "items": [{"id": "1"}]},\n{"items": []}]',
                r"s\.json:3 names no table and no items",
            ),
            ("s.json", '{"table": "t", "items": [\n{"id": "1"},\n"2"\n]}', r"s\.json:1: an item of t is no object"),
            (
                "s.json",
                '{"table": "t", "items": [\n{"id": "1"},\n{}\n]}',
                r"s\.json:3: an item of t is no object with attr",
            ),
            ("s.json", '{"table": "t", "items": [\n\n{"id": {"B": "%"}}]}', r"s\.json:3: DynamoDB takes no such item"),
            ("s.json", '{"table": "t", "item": {"id": 1e-200}}', r"s\.json:1: DynamoDB takes no such item"),
            ("s.json", '{"table": "t", "items": [], "mode": 1}', r"s\.json:1 names no table and no items\. Write \{"),
            ("s.json", "7", r"s\.json:1 names no table"),
            ("s.json", "[" * 100_000, r"s\.json: it is nested too deeply"),
        ],
    )
    def test_of_the_file_have_a_line(self, tmp_path: Path, name: str, text: str, message: str) -> None:
        """Nothing was written."""
        with pytest.raises(UsedWrongly, match=message):
            read_seeds(write(tmp_path, text, name))

    def test_no_file_is_said(self, tmp_path: Path) -> None:
        """With the reason."""
        with pytest.raises(UsedWrongly, match=r"nowhere\.json can't be read: No such file or directory\. Name a file"):
            read_seeds(tmp_path / "nowhere.json")
        (tmp_path / "bytes.json").write_bytes(b"\xff")
        with pytest.raises(UsedWrongly, match="it is not UTF-8"):
            read_seeds(tmp_path / "bytes.json")


class TestTables:
    """Seeds in tables."""

    @pytest.fixture
    def tables(self) -> Iterator[Tables]:
        with mock_aws():
            client = boto3.client("dynamodb")
            client.create_table(
                TableName="App-Orders-1X",
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            )
            yield Tables(client)

    @pytest.mark.parametrize("name", ["orders", "App-Orders-1X"])
    def test_are_named_as_in_the_construct_or_as_they_are(self, tables: Tables, tmp_path: Path, name: str) -> None:
        """Sixty items, and one that comes twice: the later one counts."""
        items = ", ".join(f'{{"id": "{number % 60}", "n": {number}}}' for number in range(61))
        seeds = read_seeds(write(tmp_path, f'{{"table": "{name}", "items": [{items}]}}'))
        assert tables.seed(seeds, {"orders": "App-Orders-1X"}.get) == {name: 61}
        found = tables.snapshot()["App-Orders-1X"].items
        assert len(found) == 60
        assert found[("id", "S", "0"),] == {"id": {"S": "0"}, "n": {"N": "60"}}

    @pytest.mark.parametrize(
        ("item", "message"),
        [
            ('{"name": "x"}', r"seeds\.json:2: the item has no id, which is in the key of orders\. It has name\."),
            ('{"id": 7}', r"seeds\.json:2: id is in the key of orders with the type S, and here it is N"),
            ('{"id": ""}', r"seeds\.json:2: App-Orders-1X does not take this item"),
        ],
    )
    def test_take_what_fits(self, tables: Tables, tmp_path: Path, item: str, message: str) -> None:
        """An item that does not is said with its line."""
        seeds = read_seeds(write(tmp_path, f'{{"table": "orders", "items": [{{"id": "1"}},\n{item}]}}'))
        with pytest.raises(UsedWrongly, match=message):
            tables.seed(seeds, {"orders": "App-Orders-1X"}.get)

    def test_that_are_not_there_are_said(self, tables: Tables, tmp_path: Path) -> None:
        """With those that are."""
        seeds = read_seeds(write(tmp_path, '{"table": "order", "item": {"id": "1"}}'))
        with pytest.raises(UsedWrongly, match=r"seeds\.json:1: there is no table order\. There is App-Orders-1X\."):
            tables.seed(seeds, dict[str, str]().get)
