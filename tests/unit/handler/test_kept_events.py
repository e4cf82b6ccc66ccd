"""CloudFormation's event while a run goes on elsewhere: what of it is kept, and where."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dynamigrate.errors import MigrationsError
from dynamigrate.handler.cloudformation.request import ResourceRequest
from dynamigrate.handler.long_run.kept_events import KeptEvents
from tests.unit.handler.long_run_front import EVENTS_PATH, LongRunFront


@pytest.fixture
def events(long: LongRunFront) -> KeptEvents:
    return KeptEvents(lambda: long.ssm, EVENTS_PATH)


def _request(long: LongRunFront, kind: str = "Create", **properties: Any) -> ResourceRequest:
    return ResourceRequest.read(long.event(kind, **properties))


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_what_answers_it_is_kept(long: LongRunFront, events: KeptEvents, kind: str) -> None:
    request = _request(long, kind, AppVersion="1.2.3 \u2603")
    events.keep("run-1", request)
    assert events.read("run-1") == request


def test_it_is_encrypted(long: LongRunFront, events: KeptEvents) -> None:
    events.keep("run-1", _request(long))
    [found] = long.ssm.get_parameters(Names=[f"{EVENTS_PATH}run-1"])["Parameters"]
    assert found["Type"] == "SecureString"
    assert "s3cr3t" not in found["Value"] or found["Value"].startswith("kms:")


def test_it_is_encrypted_with_the_teams_own_key(long: LongRunFront) -> None:
    """Where there is one: by default it is that of the account for Systems Manager."""
    [own, other] = (boto3.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    KeptEvents(lambda: long.ssm, EVENTS_PATH, key=own).keep("run-1", _request(long))
    [found] = long.ssm.describe_parameters()["Parameters"]
    assert found["KeyId"] == own != other


def test_a_property_that_nobody_knows_takes_no_room(long: LongRunFront, events: KeptEvents) -> None:
    events.keep("run-1", _request(long, Odd="x" * 9999))
    found = events.read("run-1")
    assert found is not None
    assert "Odd" not in found.properties


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_as_many_bytes_as_a_parameter_takes_are_kept(
    long: LongRunFront, events: KeptEvents, *, more: int, fits: bool
) -> None:
    """Of the kind that costs nothing; characters beyond ASCII have more than one."""
    used = len(json.dumps(_request(long, AppVersion="\u2603").kept, ensure_ascii=False, separators=(",", ":")).encode())
    request = _request(long, AppVersion="\u2603" + "v" * (4096 - used + more))
    if fits:
        events.keep("run-1", request)
        assert events.read("run-1") == request
        return
    with pytest.raises(MigrationsError, match="4,097 bytes, and 4,096 can be kept"):
        events.keep("run-1", request)
    assert long.kept == []


def test_what_was_forgotten_is_not_there_and_may_be_forgotten_again(long: LongRunFront, events: KeptEvents) -> None:
    events.keep("run-1", _request(long))
    events.forget("run-1")
    events.forget("run-1")
    assert events.read("run-1") is None


def test_an_error_of_aws_is_not_taken_for_an_event_that_is_not_there(long: LongRunFront, events: KeptEvents) -> None:
    def deny(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameter")

    long.ssm.meta.events.register("before-call.ssm.GetParameter", deny)
    with pytest.raises(ClientError):
        events.read("run-1")


def test_it_prints_without_the_address(long: LongRunFront) -> None:
    assert "s3cr3t" not in repr(_request(long))
