"""Events that nobody thought of: always an answer, never an exception, never a change."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamigrate.commands.registry import COMMANDS
from dynamigrate.handler import answer
from dynamigrate.handler.logs import Logs
from tests.unit.handler.front import DIGEST, FIRST, GOOD, SECOND, AnswerServer, FakeClients, Front, Target

TEXT = st.text(alphabet=st.characters(codec=None), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just(FIRST) | st.just(SECOND)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
NAMES = st.sampled_from(["migration", "n", "as", "wait", "force", "confirm", "Action", "dry_run"])
# Anything but the confirmation itself.
UNCONFIRMED = st.dictionaries(NAMES | TEXT, JSON, max_size=5).filter(lambda event: event.get("confirm") is not True)
FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class History:
    """All that a target keeps."""

    target: Target
    before: Any = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.now

    @property
    def now(self) -> Any:
        return self.target.records(), self.target.runs(), self.target.forced


@pytest.fixture
def quiet_front(tmp_path: Path, server: AnswerServer, clean_logging: None, silence: None) -> Front:
    """A front door that logs nothing."""
    stream = io.StringIO()
    front = Front(folder=tmp_path / "migrations", server=server, logs=Logs(stream=stream), stream=stream)
    front.write(GOOD, GOOD)
    return front


def sendable(found: Any) -> Any:
    """*found* as Lambda would send it: as JSON, in UTF-8."""
    return json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False).encode())


@FUZZ
@given(event=JSON)
def test_an_event_that_is_no_command_gets_the_help(quiet_front: Front, event: Any) -> None:
    """Whatever it is."""
    history = History(quiet_front.target)
    found = sendable(answer(event, quiet_front.context, quiet_front.setup))
    assert found["ok"] is False
    assert len(found["commands"]) == len(COMMANDS)
    assert history.now == history.before


@FUZZ
@given(action=st.sampled_from([*COMMANDS, "pause", ""]), arguments=UNCONFIRMED)
def test_a_command_with_any_arguments_is_answered(quiet_front: Front, action: str, arguments: Any) -> None:
    """With everything applied, nothing changes without a confirmation, and every refusal says what is wrong."""
    if not quiet_front.target.states():
        quiet_front.target.apply(FIRST, SECOND)
    history = History(quiet_front.target)
    found = sendable(answer({**arguments, "action": action}, quiet_front.context, quiet_front.setup))
    assert found["ok"] is True or {"type", "message", "next"} <= set(found["error"])
    assert found["ok"] is True or found["error"]["next"]
    assert history.now == history.before


@pytest.mark.slow
@FUZZ
@given(
    kind=st.sampled_from(["Create", "Update", "Delete"]) | JSON,
    properties=JSON | st.dictionaries(st.sampled_from(["DeployId", "LockWaitSeconds", "Repair"]), JSON),
    others=st.dictionaries(
        st.sampled_from(["StackId", "RequestId", "LogicalResourceId", "OldResourceProperties", "PhysicalResourceId"]),
        JSON,
    ),
)
def test_a_malformed_event_of_cloudformations_is_answered(
    quiet_front: Front, kind: Any, properties: Any, others: Any
) -> None:
    """Without the digest nothing runs, and there is one answer to each."""
    history, server = History(quiet_front.target), quiet_front.server
    server.received.clear()
    event = {"RequestType": kind, "ResponseURL": server.url, "ResourceProperties": properties, **others}
    assert answer(event, quiet_front.context, quiet_front.setup) is None
    assert server.answer["Status"] == ("SUCCESS" if kind == "Delete" else "FAILED")
    assert history.now == history.before


@FUZZ
@given(url=TEXT | JSON | TEXT.map(lambda text: f"http://127.0.0.1:9/{text}") | TEXT.map(lambda text: f"ftp://{text}"))
def test_an_address_that_is_none_raises_nothing(quiet_front: Front, url: Any) -> None:
    """There is nobody to raise it to."""
    history = History(quiet_front.target)
    event = {"RequestType": "Delete", "ResponseURL": url}
    assert answer(event, quiet_front.context, quiet_front.setup) is None
    assert history.now == history.before


@FUZZ
@given(repair=TEXT | TEXT.map(lambda text: f"{FIRST}:{text}"), wait=TEXT)
def test_properties_of_any_text_are_answered(quiet_front: Front, repair: str, wait: str) -> None:
    """A rollback of whatever it was succeeds."""
    quiet_front.clients = FakeClients("UPDATE_ROLLBACK_IN_PROGRESS")
    history, server = History(quiet_front.target), quiet_front.server
    server.received.clear()
    event = quiet_front.event("Update", Repair=repair, LockWaitSeconds=wait, SourceDigest=DIGEST)
    assert answer(event, quiet_front.context, quiet_front.setup) is None
    assert server.answer["Status"] == "SUCCESS"
    assert history.now == history.before
