"""The function of a dashboard's widget: any event gets what there is to see, and nothing ever changes."""

import io
import json
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dynamigrate.handler.widget
from dynamigrate.contract import WIDGET_HANDLER, Env
from dynamigrate.contract.grants import READ_ACTIONS
from dynamigrate.contract.manifest import MANIFEST_NAME
from dynamigrate.handler.setup import Setup
from dynamigrate.handler.widget import answer
from dynamigrate.records import Details, Failure, Run, RunRecord
from dynamigrate.targets.memory import MemoryTarget
from tests.unit.handler.front import FIRST, GOOD, SECOND, THIRD, FakeClients, Front, Target, holder
from tests.unit.handler.test_front_door import Moto
from tests.unit.handler.test_fuzz import JSON, TEXT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAIN = "arn:aws:lambda:us-east-1:123456789012:function:Migrations-Function"
OTHER = "arn:aws:lambda:eu-west-1:123456789012:function:Prod-Widget"
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "s3cr3t-key",
    "AWS_SESSION_TOKEN": "s3cr3t-token",
    Env.PARAMS: '{"password": "s3cr3t-param"}',
    Env.TABLES: '{"users": "s3cr3t-table"}',
    "DATABASE_URL": "s3cr3t-url",
}
# What a target is asked that only looks.
READS = {"records", "runs", "lock_status", "detached", "application"}
NAMES = st.sampled_from(
    ["describe", "answers", "widgetContext", "functions", "name", "rows", "runs", "action", "RequestType"]
)
EVENTS = JSON | st.dictionaries(NAMES | TEXT, JSON | st.just({"prod": OTHER}) | st.just("migrate"), max_size=6)


class Watched(Target):
    """Only looked at: whatever else is asked of it is noted, as an error might be caught."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] | None = None

    def __getattribute__(self, name: str) -> Any:
        asked = object.__getattribute__(self, "__dict__").get("asked")
        if asked is not None and name not in READS and callable(getattr(MemoryTarget, name, None)):
            asked.append(name)
        return super().__getattribute__(name)


class Lambda:
    """Other functions, each with what it answers; an exception is raised."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.asked.append((FunctionName, json.loads(Payload)))
        found = self.answers.get(FunctionName, {})
        if isinstance(found, Exception):
            raise found
        raw = found if isinstance(found, bytes) else json.dumps(found).encode()
        failed = {"FunctionError": "Unhandled"} if isinstance(found, dict) and "errorType" in found else {}
        return {"Payload": io.BytesIO(raw), **failed}


class Reached(FakeClients):
    """Clients that reach other functions."""

    def __init__(self, answers: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.functions = Lambda(answers or {})
        self.regions: list[str] = []

    def lambda_for(self, seconds: float, *, region: str = "") -> Lambda:
        assert seconds <= 10, "somebody waits before a dashboard"
        self.regions.append(region)
        return self.functions


@pytest.fixture
def looked_at(front: Front) -> Front:
    """The front door of a widget's function; its target may only be read."""
    front.target = Watched()
    front.clients = Reached()
    front.environ = {**SECRETS, Env.FUNCTION_ARN: MAIN, Env.HISTORY: "OrderMigrations/Migrations"}
    return front


def look(front: Front, event: object = None) -> Any:
    """What the function answers, as Lambda sends it."""
    target, setup = front.target, front.setup
    assert isinstance(target, Watched)
    target.asked = asked = list[str]()
    found = answer(event, front.context, setup)
    target.asked = None
    assert [one for one in asked if not one.startswith("_")] == [], "what may change something was asked for"
    return json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False).encode())


def test_the_contract_names_the_entry_point() -> None:
    """The construct gives this name to Lambda."""
    module, _, name = WIDGET_HANDLER.rpartition(".")
    assert getattr(import_module(module), name) is dynamigrate.handler.widget.handle


def test_it_describes_itself(looked_at: Front) -> None:
    """As CloudWatch asks when somebody adds it to a dashboard: in Markdown, with its parameters and an example."""
    [(name, told)] = look(looked_at, {"describe": True}).items()
    assert name == "markdown"
    assert all(
        one in told
        for one in ("`functions`", "`name`", "`rows`", "`runs`", "```yaml", "function:OrderMigrations-Widget")
    )


def test_it_shows_what_status_and_history_answer(looked_at: Front) -> None:
    """The history that it was told of, and the function that its buttons would call."""
    looked_at.target.apply(FIRST)
    looked_at.target.add(SECOND, Details(run_id="another-run"))
    looked_at.target.save_progress(SECOND, 3, 10)
    looked_at.target.held_by = holder(deadline_ms=4_000_000_000_000)
    html = look(looked_at, {"widgetContext": {"theme": "dark"}})
    assert "<b>OrderMigrations</b>" in html
    assert all(one in html for one in ("1 migration under way", "30 %", "add users", "stack Other, function F"))
    assert f'endpoint="{MAIN}"' in html
    assert 'confirmation="Have the backfill of 20261124090000 add status wait' in html, "it asks first"
    assert 'class="cwdb-no-default-styles dynamigrate dark"' in html


def test_a_failed_migration_is_shown_with_its_repair(looked_at: Front) -> None:
    """As status has it."""
    looked_at.target.add(FIRST)
    looked_at.target.fail(FIRST, Failure(type="KeyError", message="'status'", where="x.py:14"))
    html = look(looked_at, {})
    assert "add users failed" in html
    assert "KeyError: &#x27;status&#x27;" in html
    assert f"dynamigrate repair {FIRST} --as pending" in html.replace('<span class="word">', "").replace("</span>", "")


def test_other_widgets_get_its_answers(looked_at: Front) -> None:
    """As they are: the name of the history, its status, and its last runs."""
    looked_at.target.apply(FIRST, SECOND)
    found = look(looked_at, {"answers": True})
    assert {*found} == {"history", "status", "runs"}
    assert found["history"] == "OrderMigrations/Migrations"
    assert found["status"]["counts"] == {"applied": 2, "pending": 0, "dirty": 0, "missing": 0}
    assert found["runs"] == []


def test_its_requests_give_up_in_seconds(looked_at: Front) -> None:
    """A person waits before the dashboard, and there is another refresh."""
    look(looked_at)
    assert {*looked_at.made_from} == {"brief state"}


@pytest.mark.parametrize(
    "event", [None, 7, "x", [], {"describe": "yes"}, {"action": "reset", "confirm": True}], ids=str
)
def test_any_other_event_gets_html(looked_at: Front, event: object) -> None:
    """A command too: it is none here."""
    looked_at.target.apply(FIRST, SECOND)
    assert "All 2 migrations are applied" in look(looked_at, event)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=EVENTS, state=st.sampled_from(["applied", "dirty", "held", "broken", "nothing"]))
def test_no_event_changes_or_tells_what_it_must_not(looked_at: Front, silence: None, event: Any, state: str) -> None:
    """Always HTML, but for the two that ask for something else; only what reads is called; no secret is in it."""
    looked_at.target = Watched()
    if state != "nothing":
        looked_at.target.apply(FIRST)
    if state == "dirty":
        looked_at.target.add(SECOND)
        looked_at.target.fail(SECOND, Failure(type="E", message="<b>"))
    looked_at.target.held_by = holder() if state == "held" else None
    looked_at.target.breaks = RuntimeError("s3cr3t no, but broken") if state == "broken" else None
    found = look(looked_at, event)
    asked = event if isinstance(event, dict) else {}
    if asked.get("describe") is True:
        assert {*found} == {"markdown"}
    elif asked.get("answers") is True:
        assert {*found} == {"history", "status", "runs"}
    else:
        assert found.startswith("<div ")
        assert found.endswith("</div>")
    told = json.dumps(found)
    assert not [
        one for one in ("s3cr3t-key", "s3cr3t-token", "s3cr3t-param", "s3cr3t-table", "s3cr3t-url") if one in told
    ]
    assert all(question == {"answers": True} for _, question in looked_at.clients.functions.asked)  # type: ignore[attr-defined]


@pytest.fixture
def requests(moto_dynamodb: "DynamoDBClient") -> list[str]:
    """The actions that a role needs for what is asked of DynamoDB."""
    seen: list[str] = []
    moto_dynamodb.meta.events.register("before-call.dynamodb", lambda model, **_: seen.append(f"dynamodb:{model.name}"))
    return seen


def test_it_sends_what_its_role_may(looked_at: Front, moto_dynamodb: "DynamoDBClient", requests: list[str]) -> None:
    """With tables and without: the actions that the construct grants to a function that only looks."""
    front = looked_at
    environ: dict[str, str] = {
        Env.MIGRATIONS_FOLDER: str(front.folder),
        Env.MIGRATIONS_TABLE: "history",
        Env.LOCK_TABLE: "lock",
    }
    setup = Setup(environ, clients=Moto(moto_dynamodb), logs=front.logs)
    assert "no state tables yet" in str(answer({}, front.context, setup))
    dynamigrate.handler.answer({"action": "migrate"}, front.context, setup)
    del requests[:]
    assert "All 2 migrations are applied" in str(answer({}, front.context, setup))
    assert requests
    assert {*requests} <= {*READ_ACTIONS}


def test_a_broken_folder_is_told_and_the_runs_are_shown(looked_at: Front) -> None:
    """What is wrong, and with which file."""
    looked_at.target.record_run(
        RunRecord(
            run=Run(id="run-7"), started_at="2026-11-23T09:00:00.000Z", seconds=1.0, result="failed", failed=FIRST
        )
    )
    (looked_at.folder / MANIFEST_NAME).write_text("{")
    html = look(looked_at, {})
    assert "The state of the migrations can&#x27;t be told" in html
    assert str(looked_at.folder) in html
    assert f"failed {FIRST}" in html


def test_a_setting_that_is_impossible_is_told(looked_at: Front) -> None:
    """By the name of its variable."""
    looked_at.environ[Env.OUT_OF_ORDER] = "sometimes"
    assert "DYNAMIGRATE_OUT_OF_ORDER" in look(looked_at, {})
    assert look(looked_at, {"answers": True})["status"]["ok"] is False


def test_what_nobody_thought_of_is_told_without_its_words(looked_at: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may have anything in them; the log has them."""

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("s3cr3t-token")

    monkeypatch.setattr("dynamigrate.handler.widget.page", fails)
    html = look(looked_at, {"widgetContext": {"theme": "dark"}})
    assert "could not show the history: RuntimeError" in html
    assert "s3cr3t-token" not in html
    assert "s3cr3t-token" in looked_at.line("widget.failed")["exception"]


class TestOthers:
    """Histories beside its own."""

    @staticmethod
    def shown(front: Front, found: Any, **event: Any) -> Any:
        front.target.apply(FIRST, SECOND)
        front.clients = Reached({OTHER: found})
        return look(front, {"functions": {"prod": OTHER}, **event})

    def test_each_is_a_row(self, looked_at: Front) -> None:
        """With what it lacks of the others."""
        rows = [{"id": FIRST, "description": "add users", "state": "pending"}]
        status = {"ok": True, "lock": {"held": False}, "migrations": rows, "next": {"action": "migrate"}}
        html = self.shown(looked_at, {"history": "Prod/Migrations", "status": status, "runs": []}, name="here")
        assert all(one in html for one in (">here<", ">prod<", "1 migration is pending", "Not applied everywhere"))
        assert "dynamigrate up " in html
        functions: Any = looked_at.clients
        assert functions.functions.asked == [(OTHER, {"answers": True})]
        assert functions.regions == ["eu-west-1"], "its own"

    @pytest.mark.parametrize(
        ("found", "told"),
        [
            (
                ClientError({"Error": {"Code": "AccessDeniedException", "Message": "User: arn:aws:sts::99"}}, "Invoke"),
                "not allowed",
            ),
            (ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke"), "There is no such function"),
            (ReadTimeoutError(endpoint_url="https://x"), "could not be asked: ReadTimeoutError"),
            ({"errorType": "Runtime.ImportModuleError", "errorMessage": "x"}, "failed (Runtime.ImportModuleError)"),
            (b"<html>", "could not be asked"),
            ("<div>an older one's</div>", "is no object"),
            ({"ok": False, "error": {}}, "is not what a widget&#x27;s function answers"),
        ],
        ids=["denied", "gone", "slow", "fails", "no JSON", "HTML", "the function that migrates"],
    )
    def test_one_that_gives_no_answer_is_a_row_that_says_why(self, looked_at: Front, found: Any, told: str) -> None:
        """In words of ours, and the others are shown all the same."""
        html = self.shown(looked_at, found)
        assert "no answer" in html
        assert told in html
        assert "arn:aws:sts::99" not in html
        assert "All 2 migrations are applied" in html

    @pytest.mark.parametrize(
        ("functions", "told"),
        [
            (["x"], "functions is [&#x27;x&#x27;], and should be an object"),
            ({"prod": "Prod-Widget"}, "is no ARN of a Lambda function"),
            ({"prod": 7}, "is no ARN of a Lambda function"),
            ({"prod": OTHER.replace("eu-west-1", "-")}, "is no ARN of a Lambda function"),
            ({"prod": OTHER.replace("eu-west-1", "e" * 70)}, "is no ARN of a Lambda function"),
            ({f"s{number}": OTHER for number in range(30)}, "functions has 30 entries, and 20 at most are shown"),
        ],
        ids=["a list", "a name", "a number", "no Region", "a long Region", "too many"],
    )
    def test_wrong_parameters_are_told(self, looked_at: Front, functions: Any, told: str) -> None:
        """On the dashboard, where whoever gave them looks."""
        html = look(looked_at, {"functions": functions})
        assert "A parameter of this widget is wrong" in html
        assert told in html

    def test_numbers_may_be_texts(self, looked_at: Front) -> None:
        """Parameters are YAML in the console."""
        assert "is wrong" not in look(looked_at, {"rows": "3", "runs": 0})
        assert "rows is &#x27;many&#x27;, and should be a whole number" in look(looked_at, {"rows": "many"})


def test_a_button_reaches_the_function_that_migrates(front: Front) -> None:
    """CloudWatch adds its context to what a button sends; without one, such an argument is none."""
    context = {"dashboardName": "Orders", "theme": "dark", "forms": {"all": {}}}
    front.target.held_by = holder()
    found = front.handle({"action": "pause", "widgetContext": context})
    assert found.get("error", {}).get("type") != "InvalidArgument"
    assert "widgetContext" in front.handle({"action": "pause", "widgetContext": "x"})["error"]["message"]


def test_detached_ones_and_held_ones_are_shown_with_what_they_wait_for(looked_at: Front) -> None:
    """From real records."""
    looked_at.write_files(
        {
            f"{FIRST}_add_users": GOOD,
            f"{SECOND}_drop_names": f'requires = ["{FIRST}"]\nif_not_ready = "hold"\n{GOOD}',
            f"{THIRD}_add_orders": GOOD,
        }
    )
    html = look(looked_at, {})
    assert f"waits: {FIRST}_add_users is not applied" in html
    assert 'class="pill held"' in html


def test_records_of_newer_code_are_shown(looked_at: Front) -> None:
    """After a rollback."""
    looked_at.target = Watched()
    for one in (FIRST, THIRD):
        looked_at.target.apply(one)
    html = look(looked_at, {})
    assert "1 applied migration is not in this code" in html
