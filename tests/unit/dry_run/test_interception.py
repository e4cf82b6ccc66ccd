"""Whatever client a function makes, and in whatever thread, nothing that it writes is sent; and then all is as it was."""

import multiprocessing
import subprocess
import sys
import threading
import types
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from dynamigrate import Context, MigrationsError
from dynamigrate.dry_run import interception
from dynamigrate.dry_run.ended import Ended
from dynamigrate.read_only import WriteRefused
from tests.unit.dry_run.rehearsing import put, rehearsed, table, unchanged, view, views

AT_IMPORT = boto3.session.Session(region_name="us-east-1")
PATCHED = ((BaseClient, "_make_request"), (URLLib3Session, "send"), (threading.Thread, "start"))


@pytest.fixture
def client(moto_dynamodb: Any) -> Any:
    table(moto_dynamodb, items=5)
    return moto_dynamodb


def own_client(ctx: Context) -> None:
    put(boto3.client("dynamodb"))


def own_session(ctx: Context) -> None:
    put(boto3.session.Session(region_name="us-east-1").client("dynamodb"))


def session_made_at_import(ctx: Context) -> None:
    put(AT_IMPORT.client("dynamodb"))


def table_resource(ctx: Context) -> None:
    boto3.resource("dynamodb").Table("orders").put_item(Item={"id": "new", "price": Decimal("1.5")})


def client_of_a_resource(ctx: Context) -> None:
    boto3.resource("dynamodb").meta.client.put_item(TableName="orders", Item={"id": "new", "price": Decimal(1)})


def batch_writer(ctx: Context) -> None:
    with boto3.resource("dynamodb").Table("orders").batch_writer() as batch:
        batch.put_item(Item={"id": "new"})


def thread(ctx: Context) -> None:
    worker = threading.Thread(target=own_client, args=(ctx,))
    worker.start()
    worker.join()


def pool_in_a_thread(ctx: Context) -> None:
    def work() -> None:
        with ThreadPoolExecutor(2) as pool:
            pool.submit(put, ctx.dynamodb).result()

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def timer(ctx: Context) -> None:
    worker = threading.Timer(0, own_client, args=(ctx,))
    worker.start()
    worker.join()


WAYS = [
    own_client,
    own_session,
    session_made_at_import,
    table_resource,
    client_of_a_resource,
    batch_writer,
    thread,
    pool_in_a_thread,
    timer,
]


@pytest.mark.parametrize("do", WAYS, ids=lambda do: do.__name__)
def test_what_is_written_is_counted_and_not_sent(client: Any, do: Callable[[Context], None]) -> None:
    """One item, whichever way it goes."""
    with unchanged(client):
        found = view(do, client)
    assert "error" not in found
    counts = found["tables"]["orders"]
    assert (counts["items_written"], counts["write_requests"], counts["write_units"]) == (1, 1, 1)


def test_a_client_made_before_is_taken_too(client: Any) -> None:
    """It goes by the moment at which something is sent."""
    before = boto3.client("dynamodb")
    with unchanged(client):
        assert view(lambda ctx: put(before), client)["tables"]["orders"]["items_written"] == 1


def test_all_is_put_back_after_it(client: Any) -> None:
    """Also where a function raised; what is sent then is sent."""
    before = [getattr(owner, name) for owner, name in PATCHED]

    def fails(ctx: Context) -> None:
        assert [getattr(owner, name) for owner, name in PATCHED] != before
        raise ValueError("no")

    assert view(fails, client)["error"]["message"] == "no"
    assert [getattr(owner, name) for owner, name in PATCHED] == before
    put(client)
    assert client.scan(TableName="orders")["Count"] == 6


def test_somebody_elses_wrapper_stays(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracer that wraps the same while the dry run is under way is not thrown away, and then sends as before."""
    seen = []

    def do(ctx: Context) -> None:
        wrapped = BaseClient._make_request  # type: ignore[attr-defined]

        def make_request(self: Any, model: Any, *args: Any) -> Any:
            seen.append(model.name)
            return wrapped(self, model, *args)

        monkeypatch.setattr(BaseClient, "_make_request", make_request)
        put(ctx.dynamodb)

    with unchanged(client):
        view(do, client)
    seen.clear()
    put(client)
    assert seen == ["PutItem"]
    assert client.scan(TableName="orders")["Count"] == 6


def test_other_threads_go_on_reading_and_write_nothing(client: Any) -> None:
    """They are not told that it was done, as they are not a part of it; and the answer says that it happened."""
    inside, done = threading.Event(), threading.Event()
    told: list[object] = []

    def elsewhere() -> None:
        inside.wait(10)
        try:
            told.append(client.scan(TableName="orders")["Count"])
            put(client)
        except Exception as error:
            told.append(error)
        done.set()

    other = threading.Thread(target=elsewhere)
    other.start()

    def do(ctx: Context) -> None:
        inside.set()
        done.wait(10)

    with unchanged(client):
        found = view(do, client)
    other.join()
    assert told[0] == 5
    assert isinstance(told[1], WriteRefused)
    assert any("Another thread" in one for one in found["unknown"])


def test_a_pool_that_is_older_than_the_dry_run_works_for_it(client: Any) -> None:
    """What a function hands to it is the function's; what others do is not."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with unchanged(client):
            found = view(lambda ctx: pool.submit(put, ctx.dynamodb).result(), client)
        assert found["tables"]["orders"]["items_written"] == 1
        pool.submit(put, client).result()
    assert client.scan(TableName="orders")["Count"] == 6


def test_a_pool_that_was_begun_in_a_dry_run_works_in_earnest_after_it(client: Any) -> None:
    """A module's own, which a real run in the same process uses again."""
    pool = ThreadPoolExecutor(1)
    with unchanged(client):
        found = view(lambda ctx: pool.submit(put, ctx.dynamodb).result(), client)
    assert found["tables"]["orders"]["items_written"] == 1
    pool.submit(put, client).result()
    pool.shutdown()
    assert client.scan(TableName="orders")["Count"] == 6


def test_what_a_pool_is_given_and_does_too_late_is_not_sent(client: Any) -> None:
    """The work belongs to the dry run, whichever thread does it."""
    go, pool = threading.Event(), ThreadPoolExecutor(1)
    left: list[Any] = []

    def late() -> None:
        go.wait(10)
        put(client)

    with unchanged(client):
        view(lambda ctx: left.append(pool.submit(late)), client)
        go.set()
        assert isinstance(left[0].exception(10), Ended)
    pool.shutdown()


def test_a_thread_that_is_left_behind_sends_nothing_later(client: Any) -> None:
    """It would write in earnest what was only to be rehearsed."""
    go, told = threading.Event(), []

    def late() -> None:
        go.wait(10)
        try:
            put(client)
        except BaseException as error:
            told.append(error)

    left = threading.Thread(target=late)
    with unchanged(client):
        view(lambda ctx: left.start(), client)
        go.set()
        left.join()
    assert isinstance(told[0], Ended)
    # The next dry run puts back what this one could not.
    view(lambda ctx: None, client)
    assert not getattr(BaseClient._make_request, "of_a_dry_run", False)  # type: ignore[attr-defined]


def test_a_signed_message_past_the_clients_ends_it(client: Any) -> None:
    """As libraries send that only borrow botocore's connections."""

    def do(ctx: Context) -> None:
        request = AWSRequest("POST", "http://127.0.0.1:9/", headers={"X-Amz-Target": "DynamoDB_20120810.PutItem"})
        SigV4Auth(Credentials("a", "b"), "dynamodb", "us-east-1").add_auth(request)
        URLLib3Session().send(request.prepare())

    found = view(do, client)
    assert found["others"] == [{"service": "unknown", "operation": "DynamoDB_20120810.PutItem", "count": 1}]
    assert "past boto3's clients" in found["unknown"][0]


def test_a_client_of_aiobotocores_ends_it(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it can be answered; what is only imported is said."""

    class AioBaseClient:
        sent = 0

        def _make_api_call(self, operation_name: str, api_params: Any) -> None:
            AioBaseClient.sent += 1

    module = types.ModuleType("aiobotocore.client")
    module.AioBaseClient = AioBaseClient  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aiobotocore.client", module)
    harmless, sends = views(lambda ctx: None, lambda ctx: AioBaseClient()._make_api_call("PutItem", {}), client=client)
    assert "aiobotocore is imported" in harmless["unknown"][0]
    assert any("PutItem with aiobotocore" in one for one in sends["unknown"])
    assert AioBaseClient.sent == 0
    AioBaseClient()._make_api_call("PutItem", {})
    assert AioBaseClient.sent == 1


def test_a_program_that_is_started_is_named(client: Any) -> None:
    """Nobody sees what it sends."""
    found = view(lambda ctx: subprocess.run([sys.executable, "-c", ""], check=True), client)
    name = Path(sys.executable).name
    assert found["unknown"] == [f"It starts the program {name}, and what that sends is not seen here: it is sent."]


def test_a_process_that_is_started_is_named(client: Any) -> None:
    """Even one that is a copy of this one."""
    found = view(lambda ctx: multiprocessing.get_context("spawn").Process(target=int, name="worker-1").start(), client)
    assert "It starts the process worker-1" in found["unknown"][0]


def test_a_client_that_is_none_of_boto3s_only_reads() -> None:
    """Nobody sees what it sends."""

    class Dax:
        def put_item(self, **request: Any) -> None:
            raise AssertionError("it was sent")

    found = view(lambda ctx: put(ctx.dynamodb), Dax())
    assert found["error"]["type"] == "WriteRefused"
    assert "none of boto3's" in found["error"]["message"]


def test_there_is_one_at_a_time(client: Any) -> None:
    """Each takes all requests of the process."""
    told: list[MigrationsError] = []

    def do(ctx: Context) -> None:
        with pytest.raises(MigrationsError) as raised:
            rehearsed(lambda _: None, client=client)
        told.append(raised.value)

    assert "error" not in view(do, client)
    assert "Another dry run is under way" in told[0].message


def test_another_botocore_is_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is made otherwise, nothing is called."""
    monkeypatch.setattr(interception, "BaseClient", type("Other", (), {}))
    with pytest.raises(MigrationsError, match="This botocore can't be watched"):
        view(lambda ctx: put(ctx.dynamodb), client)
    assert client.scan(TableName="orders")["Count"] == 5
