"""Migrations in X-Ray's trace of the function: nothing where it is off, a subsegment each where it is on."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from dynamigrate.handler import tracing
from tests.unit.handler.front import BAD, FIRST, GOOD, SECOND, Front

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"


class Daemon:
    """What listens beside a function for X-Ray."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def heard(self) -> list[dict[str, Any]]:
        """The documents that have come; on the loopback they are there when they are sent."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                header, _, document = self.socket.recv(65_536).partition(b"\n")
            except BlockingIOError:
                return found
            assert json.loads(header) == {"format": "json", "version": 1}
            found.append(json.loads(document))


@pytest.fixture
def daemon(front: Front) -> Iterator[Daemon]:
    """Lambda's environment, as with active tracing and a sampled call."""
    daemon = Daemon()
    front.environ |= {
        "DYNAMIGRATE_HISTORY": "Shop/Migrations",
        "AWS_XRAY_DAEMON_ADDRESS": daemon.address,
        "_X_AMZN_TRACE_ID": f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:1",
    }
    with daemon.socket:
        yield daemon


def test_each_migration_is_a_subsegment_of_the_call(front: Front, daemon: Daemon) -> None:
    """With what a trace is searched by."""
    front.deploy()
    first, second = daemon.heard()
    assert first["name"] == f"{FIRST}_add_users"
    assert (first["trace_id"], first["parent_id"], first["type"]) == (ROOT, PARENT, "subsegment")
    assert first["annotations"]["migration"] == FIRST
    assert first["annotations"]["history"] == "Shop/Migrations"
    assert 0 <= first["end_time"] - first["start_time"] < 60
    assert first["id"] != second["id"]
    assert len(first["id"]) == 16
    assert "fault" not in first


def test_a_failure_is_a_fault_with_its_cause(front: Front, daemon: Daemon) -> None:
    """As the log has it."""
    front.write(GOOD, BAD)
    front.deploy()
    _, failed = daemon.heard()
    assert failed["annotations"]["migration"] == SECOND
    assert failed["fault"] is True
    [exception] = failed["cause"]["exceptions"]
    assert exception["type"] == "MigrationFailed"
    assert "KeyError: 'status'" in exception["message"]


@pytest.mark.parametrize("trace", ["", f"Root={ROOT};Parent={PARENT};Sampled=0", f"Root={ROOT}"])
def test_nothing_is_sent_where_the_call_is_not_sampled(front: Front, daemon: Daemon, trace: str) -> None:
    """Nor looked at further."""
    front.environ["_X_AMZN_TRACE_ID"] = trace
    front.deploy()
    assert daemon.heard() == []


@pytest.mark.parametrize(
    "address", ["", "here", "127.0.0.1:", "127.0.0.1:http", "256.256.256.256:2000", "127.0.0.1:99999"]
)
def test_a_daemon_that_can_not_be_told_fails_no_deploy(front: Front, daemon: Daemon, address: str) -> None:
    """Whatever its address is."""
    front.environ["AWS_XRAY_DAEMON_ADDRESS"] = address
    assert front.deploy()["Status"] == "SUCCESS"


def test_a_name_has_what_a_name_may_have() -> None:
    """X-Ray drops a document whose name it does not take."""
    assert tracing._UNNAMABLE.sub("_", "20261123_<b>é'*") == "20261123__b_é__"
