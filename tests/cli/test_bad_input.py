"""What a person does wrong, and what is wrong around: what is said, where it is, and what to do next. Never a traceback."""

import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from dynamigrate_cli.aws import Aws
from tests.cli.command_line import FIRST, GOOD, CommandLine, Project

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.ministack


def test_a_folder_that_is_not_there(cli: CommandLine, project: Project) -> None:
    """With where it was named, and how to name another or begin one."""
    result = cli("status", "--migrations", "nowhere")
    assert result.code == 1
    assert result.err == (
        "Error: There is no folder nowhere (--migrations).\n"
        'Give --migrations DIR, or migrations = "DIR" in [tool.dynamigrate]; `dynamigrate new "..."` makes the first '
        "migration.\n"
    )


def test_an_empty_folder(cli: CommandLine, project: Project) -> None:
    """As the engine says it."""
    result = cli("up")
    assert result.code == 1
    assert "There is no migration in " in result.err
    assert "such as 20261123090000_create_users.py" in result.err


def test_one_broken_file_among_good_ones(cli: CommandLine, project: Project) -> None:
    """Which file and which line; nothing runs, as what it is can't be known."""
    project.write(GOOD)
    broken = project.write_file("20261120090000_broken", "def do(ctx:\n")
    for command in ("status", "plan", "up"):
        result = cli(command)
        assert result.code == 1
        assert f"Error: {broken}:1 is not valid Python: '(' was never closed." in result.err
    assert cli("history").code == 0


def test_a_migration_that_can_not_be_imported(cli: CommandLine, project: Project) -> None:
    """The others are still shown; a run says which file, which line, and runs nothing."""
    project.write(GOOD)
    project.write_file("20261120090000_needs_more", "import not_there\n\n\ndef do(ctx):\n    pass\n")
    assert cli("status").code == 0
    result = cli("up")
    assert result.code == 1
    assert (
        "20261120090000_needs_more.py can't be imported: ModuleNotFoundError: No module named 'not_there'" in result.err
    )
    assert cli("status", "--json").answer["counts"]["applied"] == 0


def test_no_credentials(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the ways to get some."""
    project.write(GOOD)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    for command in (["status"], ["status", "--stack", "Orders", "--endpoint-url", project.endpoint_url]):
        result = cli(*command)
        assert result.code == 1
        assert result.err.splitlines()[-1] == (
            "There are no AWS credentials here: set AWS_PROFILE or give --profile NAME, or log in with `aws sso login` or "
            "`aws configure`."
        )


def test_a_profile_that_is_not_there(cli: CommandLine, project: Project) -> None:
    """With 2: it was used wrongly."""
    result = cli("status", "--profile", "nope")
    assert (result.code, result.err) == (
        2,
        "Error: There is no profile nope in AWS's settings.\n`aws configure --profile NAME` makes one.\n",
    )


def test_a_profile_is_chosen_from_those_that_are_there(
    cli: CommandLine, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is mostly a word that was mistyped."""
    (tmp_path / "aws").write_text("[profile staging]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    assert cli("status", "--profile", "stagin").err.endswith("The profiles are staging.\n")


@pytest.mark.parametrize(("given", "named"), [("nope", "nope"), ("", "''")])
def test_a_profile_that_is_not_there_in_the_environment(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, given: str, named: str
) -> None:
    """Nor can one be empty, which AWS's SDK takes for a name."""
    monkeypatch.setenv("AWS_PROFILE", given)
    result = cli("status")
    assert (result.code, result.err.splitlines()[0]) == (
        2,
        f"Error: There is no profile {named} (AWS_PROFILE) in AWS's settings.",
    )


def test_no_region(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where to write one down."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    (project.folder / "pyproject.toml").unlink()
    result = cli("status")
    assert result.code == 2
    assert result.err == (
        'Error: No AWS region is given.\nGive --region eu-central-1, for example, or region = "eu-central-1" in '
        "[tool.dynamigrate].\n"
    )


def test_an_endpoint_where_nothing_answers(cli: CommandLine, project: Project) -> None:
    """And which setting named it."""
    project.write(GOOD)
    result = cli("status", "--endpoint-url", "http://127.0.0.1:9")
    assert result.code == 1
    assert result.err == (
        'Error: Could not connect to the endpoint URL: "http://127.0.0.1:9/"\n'
        "Nothing answers at http://127.0.0.1:9 (--endpoint-url): start it, or leave that setting out.\n"
    )


def test_an_endpoint_where_nothing_answers_is_soon_given_up(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And AWS's own variable is named, where it is the one."""
    project.write(GOOD)
    monkeypatch.setenv("DYNAMIGRATE_ENDPOINT_URL", "")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for command in (["status"], ["up"], ["status", "--stack", "Orders"]):
        began = time.monotonic()
        result = cli(*command)
        # Of which some are to find out.
        assert time.monotonic() - began < 10
        assert result.code == 1
        assert result.err.splitlines()[-1] == (
            "Nothing answers at http://127.0.0.1:9 (AWS_ENDPOINT_URL): start it, or leave that setting out."
        )


def test_an_endpoint_that_is_not_aws(cli: CommandLine, project: Project) -> None:
    """As a proxy, or the page of a hotel: said as that, and with no traceback."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    project.write(GOOD)
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        results = [cli("status", *where, "--endpoint-url", url) for where in ([], ["--stack", "Orders"])]
        server.shutdown()
    for result in results:
        assert result.code == 1
        assert result.err.splitlines()[-1] == (
            f"What answers at {url} (--endpoint-url) is not AWS: check the endpoint, the proxy, and --region."
        )


def test_an_endpoint_that_is_no_url(cli: CommandLine, project: Project) -> None:
    """Which setting it is."""
    project.write(GOOD)
    result = cli("status", "--endpoint-url", "bogus")
    assert (result.code, result.err) == (2, "Error: --endpoint-url: Invalid endpoint: bogus.\n")


def test_a_table_that_can_not_be(cli: CommandLine, project: Project) -> None:
    """Before anything is asked."""
    project.write(GOOD)
    result = cli("status", "--table", "a b")
    assert result.code == 2
    assert result.err.startswith("Error: table_name='a b' can't be the name of a table.\nUse 3 to 255 letters")


def test_a_table_of_the_application(cli: CommandLine, project: Project, ministack_dynamodb: "DynamoDBClient") -> None:
    """It may look like one of migrations, as one of the Go driver's does, which keeps no more than ids."""
    project.write(GOOD)
    name = f"{project.table}-Orders"
    ministack_dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    ministack_dynamodb.put_item(TableName=name, Item={"id": {"S": "1001"}})
    cli("up")
    result = cli("status", "--table", name)
    assert result.code == 0
    assert ["1001", "missing", "-", "-", "-"] in [line.split() for line in result.lines]


def test_no_state_tables(cli: CommandLine, project: Project) -> None:
    """What to check, and what makes them, in words of this command line."""
    project.write(GOOD)
    for command in (["verify", FIRST], ["unlock", "--yes"]):
        result = cli(*command)
        assert result.code == 1
        assert result.err.splitlines()[-1] == (
            "Check --table and --lock-table, --region and --profile (`dynamigrate config`); where nothing has run yet, run "
            "dynamigrate up, which makes them."
        )


def test_a_number_that_can_not_be_is_used_wrongly(cli: CommandLine, project: Project) -> None:
    """With 2, as every other mistake of who types."""
    project.write(GOOD)
    for command in (["verify", FIRST, "--sample", "0"], ["history", "-n", "0"], ["up", "--wait", "-1"]):
        assert cli(*command).code == 2


def test_a_migration_that_is_unknown(cli: CommandLine, project: Project) -> None:
    """With the command that shows those that are known."""
    project.write(GOOD)
    result = cli("to", "5", "--table", project.table)
    assert result.code == 1
    assert result.err == (
        "Error: There is no migration 5, neither in the source nor in the history.\n"
        f"Run dynamigrate status --table {project.table} to see the ids.\n"
    )


def test_a_stack_that_is_not_there(cli: CommandLine, project: Project) -> None:
    """In which region it was looked for."""
    for option in ("--stack", "--state-of"):
        result = cli("status", option, "Nowhere")
        assert result.code == 1
        assert result.err == (
            f"Error: There is no stack Nowhere in us-east-1 at {project.endpoint_url}.\n"
            "Check its name (`cdk list`), and give --region and --profile where it was deployed elsewhere.\n"
        )


def test_a_command_line_that_can_not_be_read(cli: CommandLine, project: Project) -> None:
    """With 2 and how to get help; a word that is near is named."""
    assert cli("stats").code == 2
    assert "Did you mean 'status'" in cli("stats").err
    assert cli("status", "--jsn").code == 2
    assert cli("repair", FIRST, "--as", "done").code == 2
    assert cli("step", "one").code == 2
    assert cli("step", "-x").code == 2
    for command in (["to", "abc"], ["repair", "x1", "--as", "pending"], ["cancel", "x"], ["plan", "--to", "x"]):
        result = cli(*command)
        assert result.code == 2
        assert "is no id. Ids are digits, such as 20261123090000." in result.err


def test_a_command_line_that_can_not_be_read_is_json_too(cli: CommandLine, project: Project) -> None:
    """A script reads one object, even where it is the script that is wrong."""
    for command in (["to", "abc"], ["status", "--jsn"], ["repair", FIRST], []):
        result = cli(*command, "--json")
        assert (result.code, result.answer["ok"], result.answer["error"]["type"]) == (2, False, "UsedWrongly")


def test_a_disk_that_is_full(project: Project) -> None:
    """The answer can't be written: said, with no traceback."""
    for command in ("config", "--help"):
        shell = f"{sys.executable} -m dynamigrate_cli {command} > /dev/full"
        done = subprocess.run(["sh", "-c", shell], cwd=project.folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, "Error: No space left on device.\n")


def test_a_folder_that_was_deleted(cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell may be in one."""
    (gone := project.folder / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = cli("status")
    assert (result.code, result.err) == (
        2,
        "Error: The folder of this shell was deleted.\nChange to one that is there.\n",
    )


def test_what_fails_is_json_too_where_that_is_wanted(cli: CommandLine, project: Project) -> None:
    """A script reads one object, whatever went wrong; a person reads stderr."""
    project.write(GOOD)
    for arguments, kind in (
        (["status", "--migrations", "nowhere"], "NoFolder"),
        (["status", "--stack", "Nowhere"], "NoSuchStack"),
        (["down"], "ConfirmationNeeded"),
        (["status", "--name", "x"], "UsedWrongly"),
        (["to", "5"], "MigrationNotFound"),
    ):
        result = cli(*arguments, "--json")
        assert result.code != 0
        assert (result.answer["ok"], result.answer["error"]["type"]) == (False, kind)
        assert list(result.answer["error"])[:3] == ["type", "message", "next"]
        assert result.err.startswith("Error: ")


REFUSALS = {
    "AccessDeniedException": (
        "User: arn:aws:iam::1:user/ana is not authorized to perform: dynamodb:Scan on resource: x",
        "Your AWS identity needs dynamodb:Scan: ask whoever grants it, or give --profile NAME for another.",
    ),
    "ExpiredTokenException": (
        "The security token included in the request is expired",
        "Your AWS credentials have expired: get new ones, for example with `aws sso login`, and run it again.",
    ),
    "UnrecognizedClientException": (
        "The security token included in the request is invalid.",
        (
            "AWS does not know these credentials: `aws sts get-caller-identity` shows whose they are; give --profile NAME "
            "for others."
        ),
    ),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_aws_refuses_to_a_run_here(
    cli: CommandLine, project: Project, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """In AWS's words, and with what the person at this machine can do about it."""
    project.write(GOOD)
    message, advice = REFUSALS[code]

    def refuse(model: Any, **_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": message}}, model.name)

    make = Aws.client

    def refusing(aws: Aws, service: str, **config: Any) -> Any:
        client = make(aws, service, **config)
        client.meta.events.register("before-call", refuse)
        return client

    monkeypatch.setattr(Aws, "client", refusing)
    for command in (["status"], ["up"]):
        result = cli(*command)
        assert result.code == 1
        assert message.rstrip(".") in result.err
        assert result.err.splitlines()[-1] == advice
