"""How long a call has, and who it is for."""

import math
from types import SimpleNamespace

import pytest

from dynamigrate.handler.invocation import Invocation
from tests.unit.handler.front import Context


@pytest.mark.parametrize(
    ("seconds", "remaining", "reserve"), [(900, 890, 30), (200, 190, 20), (60, 54, 6), (30, 27, 5), (10, 9, 5)]
)
def test_time_is_kept_for_the_answer_and_in_reserve(seconds: float, remaining: float, reserve: float) -> None:
    """Ten seconds or a tenth for the answer; a tenth, but 5 to 30 seconds, for a migration to begin."""
    invocation = Invocation.begin(Context(seconds=seconds))
    assert invocation.remaining() == pytest.approx(remaining)
    assert invocation.reserve == pytest.approx(reserve)
    assert invocation.hard_end() == seconds


def test_time_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked anew each time."""
    context = Context(seconds=900)
    invocation = Invocation.begin(context)
    context.seconds = 100
    assert (invocation.hard_end(), invocation.remaining(), invocation.reserve) == (100, 90, 30)


def test_a_wait_is_never_negative() -> None:
    """With no time left there is no waiting."""
    assert Invocation.begin(Context(seconds=3)).wait(120) == 0


def test_a_context_without_anything_will_do() -> None:
    """Somebody calls the handler by hand."""
    invocation = Invocation.begin(None)
    assert invocation.hard_end() == math.inf
    assert invocation.wait(120) == 120
    assert invocation.actor == "invoke, request unknown"
    assert invocation.holder("") == "a Lambda function"


def test_the_holder_says_where_to_look() -> None:
    """Stack, function and log stream."""
    assert Invocation.begin(Context()).holder("Migrations") == (
        "stack Migrations, function Migrations-Function, log stream 2026/11/23/[$LATEST]0123456789abcdef"
    )


def test_the_actor_is_what_the_client_says_it_is() -> None:
    """Lambda does not tell who invokes it, but a client may."""
    context = Context(
        client_context=SimpleNamespace(client=SimpleNamespace(app_title="runbook", app_package_name="runbook")),
        identity=SimpleNamespace(cognito_identity_id="us-east-1:1"),
    )
    assert Invocation.begin(context).actor == "invoke by runbook us-east-1:1, request request-1"


def test_two_calls_are_two_runs() -> None:
    """A run id is in every line, and is the key of the history."""
    assert Invocation.begin(Context()).run_id != Invocation.begin(Context()).run_id
