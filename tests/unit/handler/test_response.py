"""How answers are cut, and how they are sent."""

import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynamigrate.handler.cloudformation.request import ResourceRequest
from dynamigrate.handler.cloudformation.response import Answer, cut, result_data, send
from dynamigrate.handler.errors import NotSent
from tests.unit.handler.front import STACK_ID, AnswerServer

LONGEST = "x" * 255


def request(**changes: str) -> ResourceRequest:
    return ResourceRequest.read(
        {
            "RequestType": "Create",
            "RequestId": "r" * 36,
            "StackId": STACK_ID,
            "LogicalResourceId": "Resource",
            "ResponseURL": "https://s3cr3t",
            **changes,
        }
    )


class Network:
    """An opener that fails as *errors* say, then succeeds."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.timeouts: list[float] = []

    def open(self, fullurl: urllib.request.Request, data: None = None, timeout: float = 0) -> Any:
        self.timeouts.append(timeout)
        if self.errors:
            raise self.errors.pop(0)
        return open("/dev/null", "rb")  # noqa: PTH123 - anything that can be closed


def deliver(network: Network, *, remaining: float = 100.0) -> tuple[int, list[float]]:
    pauses: list[float] = []
    tries = send("https://host/key", b"{}", remaining=lambda: remaining, sleep=pauses.append, opener=network)
    return tries, pauses


@given(
    reason=st.text(alphabet=st.characters(codec=None), max_size=6000)
    | st.integers(0, 6000).map(lambda n: "\n" * n)
    | st.integers(0, 6000).map(lambda n: '"' * n)
    | st.integers(0, 3000).map(lambda n: "\N{ROCKET}" * n),
    applied=st.lists(st.integers(0, 10**14).map(str), max_size=400),
    logical_id=st.text(alphabet="ab", min_size=1, max_size=255),
)
def test_a_body_is_never_too_long_and_always_json(reason: str, applied: list[str], logical_id: str) -> None:
    """Bytes count, not characters, and so do the backslashes that JSON adds."""
    answer = Answer(status="FAILED", reason=reason, data=result_data("run", applied=tuple(applied)))
    body = answer.body(request(LogicalResourceId=logical_id))
    assert len(body) < 4096
    assert json.loads(body)["LogicalResourceId"] == logical_id


def test_a_reason_that_fits_is_whole() -> None:
    """Word for word."""
    reason = 'Über "alles"\n' * 50
    assert json.loads(Answer(status="FAILED", reason=reason).body(request()))["Reason"] == reason


def test_a_reason_that_is_too_long_keeps_both_ends() -> None:
    """What happened is at the start, what to do at the end."""
    reason = json.loads(Answer(status="FAILED", reason=f"A{'-' * 9000}Z").body(request()))["Reason"]
    assert reason.startswith("A---")
    assert reason.endswith("---Z")
    assert " [...] " in reason
    assert 2900 < len(reason) <= 3000


def test_the_longest_names_still_leave_room_for_a_reason() -> None:
    """Stack and logical id at CloudFormation's limits."""
    stack = f"arn:aws:cloudformation:ap-southeast-1:123456789012:stack/{'s' * 128}/{'u' * 36}"
    body = Answer(status="FAILED", reason="x" * 9000).body(request(StackId=stack, LogicalResourceId=LONGEST))
    assert len(body) < 4096
    assert len(json.loads(body)["Reason"]) > 2500


@given(text=st.text(alphabet=st.characters(codec=None), max_size=300), limit=st.integers(0, 300))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    """Whatever the text, and down to no room at all."""
    assert len(json.dumps(cut(text, limit), ensure_ascii=False).encode("utf-8", "replace")) - 2 <= limit


def test_an_answer_without_attributes_has_no_data() -> None:
    """A FAILED needs none."""
    assert "Data" not in json.loads(Answer(status="FAILED", reason="x").body(request()))


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError(ConnectionRefusedError()),
        urllib.error.URLError("unknown"),
        socket.timeout(),  # noqa: UP041 - the older name, as some raise it
        ConnectionResetError(),
        http.client.RemoteDisconnected("gone"),
        http.client.IncompleteRead(b""),
    ],
)
def test_a_passing_error_is_tried_again(error: Exception) -> None:
    """With pauses that grow."""
    assert deliver(Network(error, error)) == (3, [0.5, 1.0])


def test_it_gives_up_after_four_tries() -> None:
    """The function has to end some time; the error says which error it was, and nothing of the address."""
    network = Network(*[urllib.error.URLError(TimeoutError("https://s3cr3t"))] * 9)
    with pytest.raises(NotSent) as raised:
        deliver(network)
    assert str(raised.value) == "TimeoutError, after 4 tries"
    assert len(network.timeouts) == 4


def test_it_gives_up_when_the_time_is_up() -> None:
    """A process that is killed in a pause logs nothing."""
    with pytest.raises(NotSent, match="ConnectionResetError, after 1 tries"):
        deliver(Network(ConnectionResetError(), ConnectionResetError()), remaining=1.2)


def test_a_try_takes_no_longer_than_there_is_time() -> None:
    """Four seconds, or what is left."""
    plenty, little = Network(), Network()
    deliver(plenty)
    deliver(little, remaining=2.5)
    assert (plenty.timeouts, little.timeouts) == ([4.0], [2.5])


@pytest.mark.parametrize(
    "error", [http.client.InvalidURL("/s3cr3t"), ValueError("s3cr3t"), UnicodeEncodeError("ascii", "s3cr3t", 0, 1, "x")]
)
def test_an_address_that_can_not_be_used_is_not_tried_again(error: Exception) -> None:
    """And the error does not repeat it."""
    network = Network(error, error)
    with pytest.raises(NotSent) as raised:
        deliver(network)
    assert "s3cr3t" not in str(raised.value)
    assert len(network.timeouts) == 1


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_server_that_is_busy_is_asked_again(server: AnswerServer, status: int) -> None:
    """The same body, by the same address."""
    server.statuses = [status]
    tries = send(server.url, b'{"a": 1}', remaining=lambda: 100, sleep=lambda _: None)
    assert tries == 2
    assert [one.body for one in server.received] == [b'{"a": 1}'] * 2


@pytest.mark.parametrize("status", [301, 307, 400, 403, 404])
def test_a_refusal_is_final(server: AnswerServer, status: int) -> None:
    """An address that ran out is not better the second time, and a redirection is not followed."""
    server.statuses = [status]
    with pytest.raises(NotSent, match=f"HTTP {status}"):
        send(server.url, b"{}", remaining=lambda: 100, sleep=lambda _: None)
    assert len(server.received) == 1


def test_a_proxy_is_not_used_for_the_loopback(server: AnswerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is for the outside."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert send(server.url, b"{}", remaining=lambda: 100, sleep=lambda _: None) == 1
