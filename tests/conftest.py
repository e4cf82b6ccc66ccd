"""
What all tests share: an embedded AWS, DynamoDB in process, and a world that ends at the loopback.

With several processes (`pytest -n 4`) each worker has an embedded AWS of its own, so that no test sees another process's tables.
"""

import gc
import os
import signal
import socket
from collections.abc import Generator, Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, settings
from moto import mock_aws

from dynamigrate_local_aws import LocalAws
from tests.dynamodb_local.server import DynamoDBLocal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "us-east-1"

# Before anything makes a session: no test may find credentials, settings or endpoints of whoever runs it.
for _name in [name for name in os.environ if name.startswith(("AWS_", "CDK_", "POWERTOOLS_"))]:
    del os.environ[_name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # aws-cdk-lib's own check of templates is most of a synth. The order service's are held against it (tests/infra), and
    # its first deploy has it on, as users have (tests/acceptance).
    "CDK_VALIDATION": "false",
    # A proxy on a machine may be loopback's own, and would hide from the guard below where a request goes.
    "NO_PROXY": "*",
    "no_proxy": "*",
}

# Where a suite runs in a shell's background, Ctrl-C is ignored, and so it is in all that tests start: there it is a user's.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes on a busy machine says nothing of what is tested.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# Thousands of tests and all that they import stay to the end. At Python's own threshold, looking through that again and
# again takes a sixth of the time of the unit tests.
gc.set_threshold(20_000, 20, 20)

_refused: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dynamodb-local",
        action="store_true",
        help="run what runs on Amazon's DynamoDB Local, and nothing else; without it, all but that",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--dynamodb-local") and (why := DynamoDBLocal.missing()):
        raise pytest.UsageError(why)


@pytest.hookimpl(tryfirst=True)  # before pytest's own, which selects by markers
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is not to run is deselected, not skipped: a report must not look as if it had been tried."""
    for item in items:
        if "aws" in getattr(item, "fixturenames", ()):
            item.add_marker("ministack")
    wanted = bool(config.getoption("--dynamodb-local"))
    others = [item for item in items if (item.get_closest_marker("dynamodb_local") is not None) != wanted]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there before the first test is no garbage later: the collector need not look at it."""
    gc.collect()
    gc.freeze()


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a socket in the file system
    host = address[0]
    if isinstance(host, bytes):
        host = host.decode("ascii")
    if host in ("", "localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _guarded(function: Any, address_of: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        address = address_of(args, kwargs)
        if not _is_local(address):
            _refused.append(f"{address[0]}:{address[1]}")
            # Not an Exception, so that no retry swallows it.
            pytest.fail(f"a test may connect to the loopback only, not to {_refused[-1]}")
        return function(*args, **kwargs)

    return call


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """For the whole session, so that what a test left running is held back too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name), lambda args, _: args[1]))
        # Asking for a name is a message to the outside too.
        patch.setattr(
            socket, "getaddrinfo", _guarded(socket.getaddrinfo, lambda args, kwargs: (*args, *kwargs.values())[:2])
        )
        yield


@pytest.fixture(autouse=True)
def _nothing_refused(_loopback_only: None) -> Iterator[None]:
    """Fails the test after all, if something between it and the socket caught even the failure."""
    _refused.clear()
    yield
    assert not _refused, f"connections beyond the loopback were tried: {', '.join(_refused)}"


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """One embedded AWS for the session, IAM not enforced. Its tables and stacks are everyone's: name them apart."""
    with LocalAws.start(directory=tmp_path_factory.mktemp("local-aws")) as running:
        yield running


@pytest.fixture
def ministack_dynamodb(aws: LocalAws) -> Iterator["DynamoDBClient"]:
    """DynamoDB in the embedded AWS; the tables that the test made are deleted after it."""
    client = aws.client("dynamodb")
    before = set(_tables(client))
    yield client
    _delete_tables(client, before)


@pytest.fixture(scope="session")
def dynamodb_local_server() -> Iterator[DynamoDBLocal]:
    """One for the session, with the option `--dynamodb-local`."""
    with DynamoDBLocal.start() as running:
        yield running


@pytest.fixture
def dynamodb_local(dynamodb_local_server: DynamoDBLocal) -> Iterator["DynamoDBClient"]:
    """Amazon's DynamoDB Local; the tables that the test made are deleted after it."""
    client = dynamodb_local_server.client()
    before = set(_tables(client))
    yield client
    _delete_tables(client, before)


@pytest.fixture(scope="session")
def boto3_session() -> boto3.Session:
    """One for all tests: a session reads a megabyte of JSON before it makes its first client."""
    return boto3.Session(region_name=REGION)


@pytest.fixture
def moto_dynamodb(boto3_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    """DynamoDB in this process, empty; `boto3.client` makes clients of it too."""
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3_session)
        yield boto3_session.client("dynamodb")


def _tables(client: "DynamoDBClient") -> list[str]:
    pages = client.get_paginator("list_tables").paginate()
    return [table for page in pages for table in page["TableNames"]]


def _delete_tables(client: "DynamoDBClient", before: set[str]) -> None:
    """All but those from *before*."""
    for table in set(_tables(client)) - before:
        try:
            client.delete_table(TableName=table)
        except ClientError:  # it is protected
            client.update_table(TableName=table, DeletionProtectionEnabled=False)
            client.delete_table(TableName=table)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadscope`: which process runs what."""
    from tests.scheduling import Scheduling

    return Scheduling(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged reaches the other process, although tests of text that is no Unicode log such text."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report
