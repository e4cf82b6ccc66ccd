"""Texts of any kind in what the history has: quotes, newlines and far too much of it."""

import pytest

from dynamigrate.records import Details, Failure
from tests.unit.handler.front import FIRST, Front

TEXTS = {
    "quotes": "say \"hello\", 'you' \\ and {braces}",
    "newlines": "one\r\ntwo\n\n\tthree",
    "other scripts": "状態を追加 \N{PILE OF POO} \u202etfel",
    "10 KB": "all the words " * 750,
}


@pytest.fixture(params=list(TEXTS.values()), ids=list(TEXTS))
def text(request: pytest.FixtureRequest) -> str:
    """Each kind of text in turn."""
    return str(request.param)


def test_a_description_is_shown_as_it_is(front: Front, text: str) -> None:
    """Also where only the history has it."""
    front.target.add("7", Details(description=text))
    front.target.finish_migration("7")
    [row] = [row for row in front.invoke("status")["migrations"] if row["id"] == "7"]
    assert row["description"] == text


def test_a_description_leaves_room_for_what_matters(front: Front, text: str) -> None:
    """CloudFormation takes 4 KB in all: the id, the error and what to do next are among them."""
    front.target.add(FIRST, Details(description=text))
    front.target.fail(FIRST, Failure(type="KeyError", message="'status'", where="x.py:1"))
    answer = front.deploy("Create")
    assert answer["Status"] == "FAILED"
    reason = answer["Reason"]
    assert reason.startswith(FIRST)
    assert "did not finish (KeyError: 'status', x.py:1)" in reason
    assert f"cdk deploy -c repair={FIRST}:pending" in reason
    assert len(front.server.received[0].body) < 4096


def test_an_error_leaves_room_for_what_matters(front: Front, text: str) -> None:
    """A migration may raise anything."""
    front.write(f"def do(ctx):\n    raise RuntimeError({text!r})\n")
    reason = front.deploy("Create")["Reason"]
    assert reason.startswith(f"{FIRST}_add_users failed: RuntimeError: {text[:50]}")
    assert f"cdk deploy -c repair={FIRST}:pending" in reason
    assert len(front.server.received[0].body) < 4096
    assert front.invoke("status")["dirty"][0]["error"]["message"].startswith(text[:50])
