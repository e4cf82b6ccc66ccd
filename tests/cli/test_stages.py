"""``status`` of several stacks: beside each other, whatever one of them can't say."""

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from dynamigrate_cli import stages
from dynamigrate_cli.aws import Aws
from dynamigrate_local_aws import LocalAws
from tests.cli.command_line import FIRST, SECOND, THIRD, CommandLine
from tests.terminal.stages import deploy_stages

DENIED = "User: ana is not authorized to perform: lambda:InvokeFunction on resource: x"
RUN = {
    "run_id": "r", "started_at": "2026-11-26T11:17:05.123Z", "seconds": 2.0, "command": "migrate", "result": "failed",
    "applied": [], "undone": [], "failed": SECOND, "actor": "deploy",
}  # fmt: skip
ROWS = [(FIRST, "create statuses"), (SECOND, "store totals in cents"), (THIRD, "spell out statuses")]


def standing(*states: str, **more: Any) -> dict[str, Any]:
    """An answer to ``status`` with these states of the first migrations, in which the rest is not deployed."""
    rows = [
        {"id": migration, "description": text, "state": state}
        for (migration, text), state in zip(ROWS, states, strict=False)
    ]
    counts = {state: states.count(state) for state in ("applied", "pending", "dirty", "missing")}
    current = max((row["id"] for row in rows if row["state"] == "applied"), default=None)
    rest = {"lock": {"held": False}, "state": {}, **more}
    return {"ok": True, "current": current, "counts": counts, **rest, "migrations": rows}


ALL = standing("applied", "applied", "applied")
PENDING = standing("applied", "applied", "pending", next={"action": "migrate"})
REPAIR = {"action": "repair", "migration": SECOND, "as": "pending", "confirm": True}
DIRTY = standing("applied", "dirty", next=REPAIR, dirty=[{"migration": SECOND, "found": "failed", "next": REPAIR}])


class Stages:
    """Accounts with a stack each, by profile and stack; each answers as it is told, or refuses."""

    def __init__(self) -> None:
        self.status: dict[str, Any] = {}
        self.runs: dict[str, list[Any]] = {}
        self.meet: threading.Barrier | None = None

    def client(self, aws: Aws, service: str) -> "Client":
        return Client(self, aws._settings.text("profile"))


class Client:
    """Of one account: the profile stands before the stack's name."""

    def __init__(self, stages_: Stages, profile: str) -> None:
        self._stages, self._before = stages_, f"{profile}/" if profile else ""

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        if isinstance(error := self._stages.status.get(self._before + StackName), NoCredentialsError):
            raise error
        if self._before + StackName not in self._stages.status:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        value = f"echo '{{}}' | aws lambda invoke --function-name {StackName} --payload x"
        return {"Stacks": [{"Outputs": [{"OutputKey": "MigrationsStatusCommandD169C9A6", "OutputValue": value}]}]}

    def get_function_configuration(self, *, FunctionName: str) -> Any:  # noqa: N803
        return {"Timeout": 60}

    def invoke(self, *, FunctionName: str, Payload: bytes, **_: Any) -> Any:  # noqa: N803
        event, name = json.loads(Payload), self._before + FunctionName
        if event == {"action": "history", "n": 1}:
            return _payload({"ok": True, "runs": self._stages.runs.get(name, [])})
        assert event == {"action": "status"}
        if self._stages.meet:
            self._stages.meet.wait(60)
        if isinstance(error := self._stages.status[name], Exception):
            raise error
        return _payload(error)


def _payload(answer: Any) -> Any:
    return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Stages:
    """In place of AWS, three stages: one is well, one has something pending, one is dirty."""
    found = Stages()
    found.status = {"Dev": ALL, "Test": PENDING, "Live": DIRTY}
    found.runs = {"Live": [RUN], "Dev": [{**RUN, "result": "succeeded", "command": "undo"}]}
    monkeypatch.setattr(Aws, "client", lambda self, service, **_: found.client(self, service))
    return found


THREE = ("status", "--stack", "Dev", "--stack", "Test", "--stack", "Live", "--region", "us-east-1")


def test_a_stage_is_a_row_with_what_to_do_last(cli: CommandLine, found: Stages) -> None:
    """In a pipe: the same columns whatever there is, in the order in which the stacks were given."""
    result = cli(*THREE)
    assert (result.code, result.err) == (0, "")
    assert result.lines[0].split() == [
        *("STAGE", "CURRENT", "APPLIED", "PENDING", "HELD", "RUNNING", "DIRTY", "MISSING"),
        *("LAST", "RUN", "(UTC)", "COMMAND", "RESULT", "LOCK", "NEXT"),
    ]
    began = "2026-11-26T11:17:05.123Z"
    assert [line.split(maxsplit=12) for line in result.lines[1:4]] == [
        ["Dev", THIRD, "3", "0", "0", "0", "0", "0", began, "undo", "succeeded", "free", "-"],
        ["Test", SECOND, *"210000", "-", "-", "-", "free", "dynamigrate up --stack Test --region us-east-1"],
        [
            *("Live", FIRST, *"100010", began, "migrate", "failed", "free"),
            f"dynamigrate repair {SECOND} --as pending --stack Live --region us-east-1",
        ],
    ]


def test_what_is_not_applied_everywhere_is_a_matrix(cli: CommandLine, found: Stages) -> None:
    """The newest first; what a stage has no code of is said to be so; the rest is counted."""
    lines = cli(*THREE).lines
    assert lines[5:] == [
        "Not applied in all of Dev, Test, Live, the newest first:",
        "ID              Dev      Test     Live          DESCRIPTION",
        f"{THIRD}  applied  pending  not deployed  spell out statuses",
        f"{SECOND}  applied  applied  dirty         store totals in cents",
        "1 more is applied everywhere.",
    ]


def test_stages_that_do_not_differ_are_said_not_to(cli: CommandLine, found: Stages) -> None:
    """Rather than an empty matrix."""
    found.status["Test"] = ALL
    assert cli(*THREE[:5]).lines[-1] == "All 3 migrations are applied in both Dev and Test."


def test_json_has_each_answer_by_the_stages_name(cli: CommandLine, found: Stages) -> None:
    """The function's own, with its newest run; one object on one line."""
    result = cli(*THREE, "--json")
    assert len(result.lines) == 1
    assert list(result.answer) == ["ok", "stages"]
    assert list(result.answer["stages"]) == ["Dev", "Test", "Live"]
    live = result.answer["stages"]["Live"]
    assert live.pop("last_run") == RUN
    assert live == DIRTY
    assert result.answer["stages"]["Test"] == PENDING


def _refused(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Invoke")


UNREACHED = {
    "no stack": (None, "There is no stack Live in us-east-1."),
    "no credentials": (NoCredentialsError(), "Could not read stack Live in us-east-1: Unable to locate credentials."),
    "denied": (_refused("AccessDeniedException", DENIED), "Your AWS identity needs lambda:InvokeFunction"),
    "not ours": ({"statusCode": 200}, "Function Live answered something else than dynamigrate does."),
    "failed": (
        {"ok": False, "error": {"type": "StateMissing", "message": "No table.", "next": {"action": "status"}}},
        "No table. Dynamigrate status --stack Live --region us-east-1",
    ),
}


@pytest.mark.parametrize(("refusal", "words"), UNREACHED.values(), ids=UNREACHED)
def test_one_that_can_not_be_asked_is_a_row_that_says_why(
    cli: CommandLine, found: Stages, refusal: Any, words: str
) -> None:
    """The others are shown all the same, compared with each other; the exit code says that one is lacking."""
    found.status["Live"] = refusal
    if refusal is None:
        del found.status["Live"]
    result = cli(*THREE, "--check")
    assert (result.code, result.err) == (1, "")
    assert result.lines[1].startswith("Dev ")
    assert result.lines[3].split()[:3] == ["Live", "not", "known"]
    assert words in result.lines[3]
    assert result.lines[5] == "Not applied in both Dev and Test, the newest first:"
    told = cli(*THREE, "--json")
    assert told.code == 1
    assert told.answer["ok"] is False
    assert told.answer["stages"]["Dev"]["ok"] is True
    assert told.answer["stages"]["Live"]["error"]["message"]


def test_one_that_hangs_does_not_keep_the_others_from_being_shown(
    cli: CommandLine, found: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute; here after what a busy machine needs for the others."""
    monkeypatch.setattr(stages, "_PATIENCE", 3)
    waits = threading.Event()
    monkeypatch.setattr(Client, "get_function_configuration", _hanging_for("Live", waits))
    result = cli(*THREE)
    waits.set()
    # Whoever was given up goes on, and must not do so in the next test, without its stand-in.
    for thread in [one for one in threading.enumerate() if one.name.startswith(stages.THREAD)]:
        thread.join(60)
    assert result.code == 1
    assert "It did not answer within 3 s." in result.lines[3]
    assert result.lines[1].split()[:2] == ["Dev", THIRD]


def _hanging_for(name: str, event: threading.Event) -> Callable[..., Any]:
    def configuration(self: Client, *, FunctionName: str) -> Any:  # noqa: N803
        if FunctionName == name:
            event.wait(20)
        return {"Timeout": 60}

    return configuration


def test_stages_are_asked_at_the_same_time(cli: CommandLine, found: Stages) -> None:
    """Each of three waits for the two others to be asked."""
    found.meet = threading.Barrier(3)
    assert cli(*THREE).code == 0


def test_check_ends_with_3_where_one_of_them_waits(cli: CommandLine, found: Stages) -> None:
    """And with 0 where none does."""
    assert cli(*THREE, "--check").code == 3
    found.status |= {"Test": ALL, "Live": ALL}
    assert cli(*THREE, "--check").code == 0


def test_a_stage_may_have_a_profile_and_a_name_of_its_own(cli: CommandLine, found: Stages) -> None:
    """The same stack in two accounts; what to type finds the account again."""
    found.status = {"one/Orders": PENDING, "two/Orders": ALL, "all/Orders": DIRTY}
    result = cli(
        "status", "--stack", "test=Orders@one", "--stack", "Orders@two", "--stack", "Orders", "--profile", "all"
    )
    assert [line.split()[0] for line in result.lines[1:4]] == ["test", "Orders@two", "Orders"]
    assert result.lines[1].endswith("dynamigrate up --stack Orders --profile one")
    assert result.lines[3].endswith(f"dynamigrate repair {SECOND} --as pending --stack Orders --profile all")


def test_one_stack_may_have_its_profile_too(cli: CommandLine, found: Stages) -> None:
    """Whatever the command."""
    found.status = {"one/Orders": PENDING}
    result = cli("status", "--stack", "Orders@one", "--profile", "other")
    assert result.lines[-1] == "Next: dynamigrate up --stack Orders --profile one"


WRONG = {
    "another command": (
        ["up", "--stack", "Dev", "--stack", "Live"],
        (
            "--stack is given 2 times (Dev, Live), and up works on one at a time.\n"
            "Run it once for each; only status takes several. Nothing was done.\n"
        ),
    ),
    "twice": (
        ["status", "--stack", "Dev", "--stack", "Dev"],
        (
            "--stack Dev is given twice.\n"
            "Leave one out, or name them apart: --stack test=Orders@one --stack live=Orders@two. Nothing was done.\n"
        ),
    ),
    "no profile": (
        ["status", "--stack", "Dev@", "--stack", "Live"],
        (
            "--stack 'Dev@' names no stack, or no profile after the @.\n"
            "Write it as Orders, Orders@production or live=Orders@production. Nothing was done.\n"
        ),
    ),
    "no stack": (
        ["up", "--stack", "live=@two"],
        (
            "--stack 'live=@two' names no stack, or no profile after the @.\n"
            "Write it as Orders, Orders@production or live=Orders@production. Nothing was done.\n"
        ),
    ),
    "md of one": (
        ["status", "--stack", "Dev", "--format", "md"],
        "--format md shows several stacks.\nGive --stack more than once, or leave it out.\n",
    ),
}


@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_nothing_is_asked(
    cli: CommandLine, found: Stages, arguments: list[str], told: str
) -> None:
    """Before any request."""
    found.status = {}
    result = cli(*arguments)
    assert (result.code, result.out, result.err) == (2, "", f"Error: {told}")


def test_the_later_word_counts_before_and_behind_the_command(cli: CommandLine, found: Stages) -> None:
    """Two stacks that were not given beside each other are not two stages."""
    assert cli("--stack", "Dev", "status", "--stack", "Live").lines[-1] == (
        f"Next: dynamigrate repair {SECOND} --as pending --stack Live"
    )


def test_a_lock_past_its_deadline_is_told_from_one_that_is_held(cli: CommandLine, found: Stages) -> None:
    """The one is well, as far as anybody can see."""
    held = {"held": True, "holder": "somebody", "since": "2026-11-26T11:00:00.000Z"}
    found.status["Dev"] = {**ALL, "lock": {**held, "until": "2026-11-26T11:15:00.000Z"}}
    found.status["Test"] = {**PENDING, "lock": {**held, "until": "9999-11-26T11:15:00.000Z"}}
    assert [line.split()[11] for line in cli(*THREE).lines[1:4]] == ["overdue", "held", "free"]


def test_markdown_is_a_comment_in_which_nothing_is_taken_for_markup(cli: CommandLine, found: Stages) -> None:
    """Both tables, with a mark by which it is found again; a description of somebody's is words."""
    row = found.status["Live"]["migrations"][0]
    found.status["Live"] = {**DIRTY, "migrations": [{**row, "description": "a|b <i>"}, DIRTY["migrations"][1]]}
    found.status["Dev"] = standing("pending")
    found.status["Test"] = standing()
    result = cli(*THREE, "--format", "md")
    lines = result.lines
    assert lines[:3] == ["<!-- dynamigrate: stages -->", "", "## Migrations: 3 stages"]
    assert lines[4] == "| stage | current | applied | pending | dirty | last run | lock | next |"
    assert lines[8].startswith(
        f"| **Live** | `{FIRST}` | 1 | 0 | 1 | 2026-11-26 11:17 migrate failed | free | `dynamigrate"
    )
    assert "**Not applied everywhere**" in lines
    assert f"| `{FIRST}` create statuses | pending | not deployed | applied |" in lines
    assert all(line.count(" | ") == lines[4].count(" | ") for line in lines[4:9])


@pytest.mark.ministack
def test_stacks_of_an_aws_are_found_and_asked(cli: CommandLine, aws: LocalAws) -> None:
    """By CloudFormation and Lambda as they answer; a stage that is not there is a row among them."""
    deploy_stages(aws)
    stacks = [f"{name}=Shop-{name.title()}" for name in ("dev", "test", "live", "gone")]
    given = [word for stack in stacks for word in ("--stack", stack)]
    result = cli("status", *given, "--endpoint-url", aws.endpoint_url, "--region", aws.region)
    assert (result.code, result.err) == (1, "")
    assert [line.split()[:4] for line in result.lines[1:4]] == [
        ["dev", "20261123090000", "4", "0"],
        ["test", "20261116101500", "3", "1"],
        ["live", "20261109143000", "2", "0"],
    ]
    assert result.lines[4].startswith("gone   not known ")
    assert "There is no stack Shop-Gone in us-east-1" in result.lines[4]
    assert result.lines[-1] == "2 more are applied everywhere."
