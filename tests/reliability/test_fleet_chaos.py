"""Processes of a fleet that are killed, frozen, called twice and too late; and that the audit would see what goes wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dynamigrate_local_aws import LocalAws

from .clients import client_of, drop_tables, make_tables
from .fleet_chaos import FleetChaos, audit
from .fleet_processes import ID, TABLES

pytestmark = [pytest.mark.ministack, pytest.mark.slow]


def test_nothing_is_lost_or_done_twice_whoever_is_killed_or_frozen(aws: LocalAws, tmp_path: Path) -> None:
    """Each item is rewritten once, and counted once, and what the application wrote meanwhile stands."""
    report = FleetChaos(aws.endpoint_url, tmp_path, seconds=0, items=200).run()
    assert report.violations == []
    assert report.fleets > 0
    assert report.kills + report.freezes > 0


class TestAudit:
    """What it says of a history, or of items, that should not be."""

    @pytest.fixture
    def client(self, aws: LocalAws) -> Iterator[Any]:
        client = client_of(aws.endpoint_url)
        make_tables(client, *TABLES)
        client.put_item(TableName=TABLES.state, Item={"ID": {"S": ID}, "Dirty": {"BOOL": False}})
        yield client
        drop_tables(client, *TABLES)

    def test_sees_an_item_that_was_rewritten_twice_or_lost_a_write(self, client: Any) -> None:
        for number, (times, live) in enumerate([(1, 3), (2, 3), (0, 3), (1, 2)]):
            item = {"ID": {"S": str(number)}, "times": {"N": str(times)}, "live": {"N": str(live)}}
            client.put_item(TableName=TABLES.application, Item=item)
        assert sorted(audit(client, added=[3, 3, 3, 3], scanned=[4])) == [
            "item 1 was rewritten 2 times, and has 3 of 3 writes",
            "item 2 was rewritten 0 times, and has 3 of 3 writes",
            "item 3 was rewritten 1 times, and has 2 of 3 writes",
        ]

    def test_sees_what_is_counted_twice_and_what_is_left_behind(self, client: Any) -> None:
        client.put_item(TableName=TABLES.lock, Item={"ID": {"S": "segment#migrations#1#0"}})
        assert audit(client, added=[], scanned=[7]) == [
            "7 of 0 items were counted",
            "items are left behind: ['segment#migrations#1#0']",
        ]
