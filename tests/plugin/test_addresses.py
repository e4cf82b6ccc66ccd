"""No request of a test reaches an account, or a server, of anybody's, whatever is configured on the machine."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from dynamigrate_pytest import MigrationTest
from dynamigrate_pytest.stand_ins import prepared
from tests.plugin.conftest import ID, Write


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that stands for an account of somebody's, and what was sent to it."""
    received: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(str(self.headers["X-Amz-Target"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"TableNames": []}')

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


@pytest.fixture
def profile(elsewhere: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody's profiles say that all requests go there; returns what did."""
    address, received = elsewhere
    said = (
        f"region = eu-central-1\nendpoint_url = {address}\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n"
    )
    said += "aws_account_id = 123456789012\n"
    file = tmp_path / "config"
    file.write_text(f"[default]\n{said}\n[profile prod]\n{said}", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    return received


def test_a_profile_with_an_endpoint_leads_nobody_there(profile: list[str]) -> None:
    """The plugin's client, one that a migration makes, and one that it makes of the profile by its name."""
    with prepared(boto3.Session(), "") as (stand_in, _, _):
        clients = [stand_in.client, boto3.client("dynamodb"), boto3.Session(profile_name="prod").client("dynamodb")]
        assert [client.list_tables()["TableNames"] for client in clients] == [[], [], []]
    assert profile == []


def test_a_client_with_an_address_of_its_own_sends_nothing(
    elsewhere: tuple[str, list[str]], migration_test: MigrationTest, write: Write
) -> None:
    """The test fails with what to do, also where the migration catches everything."""
    address, received = elsewhere
    write(f"""
import boto3

def do(ctx):
    client = boto3.client("dynamodb", endpoint_url="{address}", aws_access_key_id="a", aws_secret_access_key="b")
    try:
        client.put_item(TableName="orders", Item={{"id": {{"S": "1"}}}})
    except BaseException:
        pass
""")
    with pytest.raises(AssertionError, match=rf"a client would have sent to {address}/\. Nothing was sent\.") as failed:
        migration_test.assert_repeatable(ID)
    assert "use ctx.dynamodb, or make it within the migration's function, without endpoint_url." in str(failed.value)
    assert received == []


def test_a_client_that_was_made_before_finds_moto() -> None:
    """Whatever it was made with."""
    before = boto3.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b").client("dynamodb")
    with prepared(boto3.Session(), ""):
        assert before.list_tables()["TableNames"] == []


def test_a_client_that_was_made_before_does_not_reach_aws(elsewhere: tuple[str, list[str]]) -> None:
    """Where tests run on a server, it sends nothing."""
    address, _ = elsewhere
    before = boto3.Session(region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b").client("dynamodb")
    said = rf"The tests run on {address}, and a client would have sent to https://dynamodb\.eu-west-1\.amazonaws\.com/"
    with prepared(boto3.Session(), address), pytest.raises(AssertionError, match=said):
        before.list_tables()


def test_nothing_configured_has_clients_pass_by_a_server(
    elsewhere: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as that configured endpoints are to be ignored."""
    address, received = elsewhere
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    with prepared(boto3.Session(), address):
        assert boto3.client("dynamodb").list_tables()["TableNames"] == []
        assert received == ["DynamoDB_20120810.ListTables"]
