"""The function of a stack as the place where commands are carried out: found, asked, and its log followed."""

import base64
import io
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from dynamigrate_cli.aws import Aws
from dynamigrate_cli.places import function_log
from tests.cli.command_line import CommandLine

COMMAND = "echo '{}' | aws lambda invoke --region us-east-1 --function-name Orders-Fn0E98 --payload fileb:///dev/stdin"
Invoke = Callable[[dict[str, Any]], Any]


def _error(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Account:
    """An account with one stack, whose function answers as it is told."""

    def __init__(self) -> None:
        self.outputs = {"MigrationsStatusCommandD169C9A6": COMMAND}
        self.answer: Invoke = lambda event: {"ok": True, "runs": []}
        self.error: Exception | None = None
        self.died = ""
        self.events: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.clients: list[tuple[str, Mapping[str, Any]]] = []
        self.log: list[dict[str, Any]] = []
        self.log_error: Exception | None = None

    def client(self, service: str, **config: Any) -> "Account":
        self.clients.append((service, config))
        return self

    class meta:  # noqa: N801 - as a client has it
        endpoint_url = "https://logs.us-east-1.amazonaws.com"

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        if self.error and not isinstance(self.error, ReadTimeoutError):
            raise self.error
        if StackName != "Orders":
            raise _error("ValidationError", f"Stack with id {StackName} does not exist", "DescribeStacks")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()]
        return {"Stacks": [{"StackName": "Orders", "Outputs": outputs}]}

    def get_function_configuration(self, *, FunctionName: str) -> Any:  # noqa: N803
        return {"Timeout": 120, "LoggingConfig": {"LogGroup": "/the/log"}, "Environment": {"Variables": {}}}

    def invoke(self, **request: Any) -> Any:
        self.requests.append(request)
        if isinstance(self.error, ReadTimeoutError):
            raise self.error
        event = json.loads(request["Payload"])
        self.events.append(event)
        if self.died:
            content = json.dumps({"errorMessage": self.died}).encode()
            return {"Payload": io.BytesIO(content), "FunctionError": "Unhandled"}
        answer = self.answer(event)
        return {"Payload": io.BytesIO(answer if isinstance(answer, bytes) else json.dumps(answer).encode())}

    def filter_log_events(self, **request: Any) -> Any:
        if self.log_error:
            raise self.log_error
        return {"events": list(self.log)}

    def write(self, run_id: str, event: str, message: str, **fields: Any) -> None:
        """A line of the log, now."""
        line = {"level": "INFO", "message": message, "event": event, "run_id": run_id, **fields}
        self.log.append(
            {"eventId": str(len(self.log)), "timestamp": int(time.time() * 1000), "message": json.dumps(line)}
        )


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """In place of AWS."""
    account = Account()
    monkeypatch.setattr(Aws, "client", lambda _self, service, **config: account.client(service, **config))
    monkeypatch.setattr(function_log, "_PAUSE", 0.01)
    monkeypatch.setattr(function_log, "_LAST", 0.5)
    return account


def test_a_command_is_sent_to_the_function_that_the_outputs_name(cli: CommandLine, account: Account) -> None:
    """Once, with time enough for the function, and with the name of who asks."""
    account.answer = lambda event: {"ok": True, "lock": {"held": False}, "migrations": [], "counts": {}}
    assert cli("status", "--stack", "Orders").lines == ["No migrations. Nobody holds the lock."]
    assert account.events == [{"action": "status"}]
    assert account.requests[0]["FunctionName"] == "Orders-Fn0E98"
    service, config = account.clients[-1]
    assert (service, config["retries"], config["read_timeout"]) == ("lambda", {"total_max_attempts": 1}, 180.0)
    caller = json.loads(base64.b64decode(account.requests[0]["ClientContext"]))["client"]
    assert " on " in caller["app_title"]
    assert ", process " in caller["app_title"]


def test_arguments_are_sent_as_the_function_knows_them(cli: CommandLine, account: Account) -> None:
    """And nothing that was not given: an older function need not know it."""
    account.answer = lambda event: {"ok": True, "actions": [], "pending": [], "counts": {}, "lock": {}}
    cli("plan", "--stack", "Orders", "--dry-run", "--sample", "7", "--mask")
    cli("up", "--stack", "Orders", "--wait", "30")
    cli("down", "--stack", "Orders", "--yes")
    assert account.events == [
        {"action": "plan", "dry_run": True, "sample": 7, "mask": True},
        {"action": "migrate", "wait": 30.0},
        {"action": "undo", "confirm": True},
    ]


def test_a_stack_without_the_construct(cli: CommandLine, account: Account) -> None:
    """It may be the wrong stack of an app."""
    account.outputs = {"TableName": "Orders"}
    result = cli("status", "--stack", "Orders", "--region", "us-east-1")
    assert result.code == 1
    assert result.err == (
        "Error: Stack Orders in us-east-1 has no Migrations construct: none of its outputs is a StatusCommand.\n"
        "Name the stack that has it, deploy it with the construct, or use --table and --lock-table instead.\n"
    )


def test_a_stack_with_several_asks_which(cli: CommandLine, account: Account) -> None:
    """By their names in the stack, one of which finds its function."""
    account.outputs["BillingMigrationsStatusCommandD169C9A7"] = COMMAND.replace("Orders-Fn0E98", "Billing-Fn")
    result = cli("history", "--stack", "Orders")
    assert result.code == 2
    assert result.err == (
        "Error: Stack Orders has 2 Migrations constructs: BillingMigrations, Migrations.\n"
        "Say which: --construct BillingMigrations or --construct Migrations. Nothing was done.\n"
    )
    assert cli("history", "--stack", "Orders", "--construct", "Billing/Migrations").code == 0
    assert account.requests[-1]["FunctionName"] == "Billing-Fn"
    assert "has no Migrations construct Nope." in cli("history", "--stack", "Orders", "--construct", "Nope").err


OLDER = {
    "action": (
        ["verify", "5"],
        {"type": "UnknownAction", "message": "There is no action 'verify'.", "next": "Nothing was done."},
        "does not know the command verify",
    ),
    "argument": (
        ["plan", "--dry-run"],
        {"type": "InvalidArgument", "message": "plan has no argument 'dry_run'; it takes migration, n.", "next": ""},
        "does not know dry_run of the command plan",
    ),
}


@pytest.mark.parametrize(("arguments", "error", "lacks"), OLDER.values(), ids=OLDER)
def test_an_older_function_is_said_to_be_one(
    cli: CommandLine, account: Account, arguments: list[str], error: dict[str, str], lacks: str
) -> None:
    """Rather than that the command was wrong."""
    account.answer = lambda event: {"ok": False, "error": error}
    result = cli(*arguments, "--stack", "Orders")
    assert result.code == 1
    assert result.err == (
        f"Error: Function Orders-Fn0E98 {lacks}: it is older than this command line. Nothing was done.\n"
        "Deploy the stack again with this version of dynamigrate, or use the command line of the version that is "
        "deployed.\n"
    )


def test_a_function_that_dies(cli: CommandLine, account: Account) -> None:
    """As Lambda says it, with what to look at."""
    account.died = "2026-11-26T11:00:00Z 0a1b Task timed out after 120.00 seconds"
    result = cli("history", "--stack", "Orders")
    assert result.code == 1
    assert result.err == (
        "Error: Function Orders-Fn0E98 died: 2026-11-26T11:00:00Z 0a1b Task timed out after 120.00 seconds.\n"
        "Run `dynamigrate status` to see what it left behind; its log is /the/log.\n"
    )


@pytest.mark.parametrize("content", [b"null", b'{"statusCode": 200}', b"<html>", b""])
def test_a_function_of_somebody_else(cli: CommandLine, account: Account, content: bytes) -> None:
    """Whatever it answers."""
    account.answer = lambda event: content
    result = cli("history", "--stack", "Orders")
    assert result.code == 1
    assert result.err.startswith("Error: Function Orders-Fn0E98 answered something else than dynamigrate does.\n")


def test_a_function_that_does_not_answer(cli: CommandLine, account: Account) -> None:
    """It may be at work all the same, so nothing is tried again."""
    account.error = ReadTimeoutError(endpoint_url="https://lambda")
    result = cli("history", "--stack", "Orders")
    assert result.code == 1
    assert result.err.startswith(
        "Error: Function Orders-Fn0E98 did not answer within 180 s. It may still be at work.\n"
    )
    assert len(account.requests) == 1


DENIED = "User: arn:aws:iam::1:user/ana is not authorized to perform: cloudformation:DescribeStacks on resource: x"
REFUSED = {
    "denied": (
        _error("AccessDenied", DENIED, "DescribeStacks"),
        "Your AWS identity needs cloudformation:DescribeStacks: ask whoever grants it, or give --profile NAME for another.",
    ),
    "expired": (
        _error("ExpiredToken", "The security token included in the request is expired", "DescribeStacks"),
        "Your AWS credentials have expired: get new ones, for example with `aws sso login`, and run it again.",
    ),
    "unknown": (
        _error("InvalidClientTokenId", "The security token included in the request is invalid.", "DescribeStacks"),
        (
            "AWS does not know these credentials: `aws sts get-caller-identity` shows whose they are; give --profile NAME "
            "for others."
        ),
    ),
    "anything": (
        _error("Throttling", "Rate exceeded", "DescribeStacks"),
        "Try again; `dynamigrate config` shows what was asked where.",
    ),
}


@pytest.mark.parametrize(("error", "advice"), REFUSED.values(), ids=REFUSED)
def test_what_aws_refuses_is_said_with_what_mends_it(
    cli: CommandLine, account: Account, error: ClientError, advice: str
) -> None:
    """Whose credentials, which action, or that it is only for now."""
    account.error = error
    result = cli("status", "--stack", "Orders", "--region", "us-east-1")
    message = error.response["Error"]["Message"].rstrip(".")
    assert result.code == 1
    assert result.err == (f"Error: Could not read stack Orders in us-east-1: {message}.\n{advice}\n")


class TestTheLog:
    """The lines of the run, on stderr, while the function is at work."""

    @pytest.fixture
    def follow(self, account: Account, cli: CommandLine) -> Account:
        def answer(event: dict[str, Any]) -> Any:
            actor = json.loads(base64.b64decode(account.requests[-1]["ClientContext"]))["client"]["app_title"]
            account.write("other", "run.started", "Another.", command="migrate", actor="invoke by somebody, request 1")
            account.write("mine", "run.started", "Mine.", command="migrate", actor=f"invoke by {actor}, request 2")
            account.write("other", "migration.started", "The other's line.")
            account.write("mine", "migration.started", "1_a begins (1 of 1).", migration="1")
            account.write("mine", "", "made the table")
            account.log.append(
                {"eventId": "x", "timestamp": int(time.time() * 1000), "message": "REPORT Duration: 3 ms"}
            )
            account.write("mine", "migration.applied", "1_a applied in 0.1 s.", migration="1")
            account.write("mine", "run.finished", "The command migrate succeeded.", result="succeeded")
            return {"ok": True, "applied": ["1"], "pending": [], "seconds": 0.1}

        account.answer = answer
        return account

    def test_is_that_of_the_own_run(self, follow: Account, cli: CommandLine) -> None:
        """Others use the function at the same time; Lambda's own lines are left out."""
        result = cli("up", "--stack", "Orders")
        assert result.err.splitlines() == ["1_a begins (1 of 1).", "made the table", "1_a applied in 0.1 s."]
        assert result.lines == ["Applied 1 in 0.1 s."]

    def test_is_said_to_be_out_of_reach(self, follow: Account, cli: CommandLine) -> None:
        """Once; the command is carried out all the same."""
        denied = "User: u is not authorized to perform: logs:FilterLogEvents on resource: x"
        follow.log_error = _error("AccessDeniedException", denied, "FilterLogEvents")
        result = cli("up", "--stack", "Orders")
        assert result.code == 0
        assert result.err.count("The log /the/log can't be followed") == 1
        assert "Your AWS identity needs logs:FilterLogEvents" in result.err

    def test_is_not_read_for_what_takes_a_moment(self, follow: Account, cli: CommandLine) -> None:
        """A status costs no request to the log."""
        follow.log_error = AssertionError("it was read")
        follow.answer = lambda event: {"ok": True, "runs": []}
        assert cli("history", "--stack", "Orders").err == ""

    def test_goes_on_with_a_run_that_goes_on(self, account: Account, cli: CommandLine) -> None:
        """In the state machine, until its last slice says how it ended; the exit code is that run's."""

        def answer(event: dict[str, Any]) -> Any:
            account.write("r1", "run.handed_over", "The run goes on in the state machine.")
            account.write("r1", "migration.failed", "2_b failed.", level="ERROR")
            account.write(
                "r1", "run.finished", "It failed.", result="failed", applied=["1"], failed="2",
                error_type="MigrationFailed", error='2_b failed: ValueError. Invoke {"action": "status"}.',
            )  # fmt: skip
            return {"ok": True, "goes_on": "It goes on.", "run_id": "r1", "applied": [], "undone": [], "pending": ["2"]}

        account.answer = answer
        result = cli("up", "--stack", "Orders")
        assert result.code == 1
        told = result.err.splitlines()
        assert told[-2] == "Error: 2_b failed: ValueError. Run dynamigrate status --stack Orders."
        assert told[-1] == "Run dynamigrate status --stack Orders to see what is left, and what to do."


def test_an_interrupt_says_that_the_function_goes_on(cli: CommandLine, account: Account) -> None:
    """And how to stop it, as a command that finds it again."""

    def answer(event: dict[str, Any]) -> Any:
        raise KeyboardInterrupt

    account.answer = answer
    result = cli("up", "--stack", "Orders")
    assert result.code == 130
    assert result.err == (
        "You no longer watch, and the function goes on.\n"
        "Run dynamigrate cancel --stack Orders to stop it, or dynamigrate status --stack Orders to see how far it is.\n"
    )


def test_an_interrupt_before_the_function_was_asked_says_nothing_of_it(cli: CommandLine, account: Account) -> None:
    """As while the stack is read: nothing goes on."""
    account.error = cast("Any", KeyboardInterrupt())
    result = cli("up", "--stack", "Orders")
    assert (result.code, result.err) == (130, "Interrupted.\n")
