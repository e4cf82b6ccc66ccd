"""The embedded AWS itself: it answers, it is only here, it counts, and nothing of it is ever left behind."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import dynamigrate_local_aws.aws
from dynamigrate_local_aws import LocalAws

pytestmark = pytest.mark.ministack

FUNCTION = """
import os, time
import boto3

dynamodb = boto3.client("dynamodb")

def handler(event, context):
    print("asked to", event["do"])
    if event["do"] == "put":
        dynamodb.put_item(TableName=event["table"], Item={"ID": {"S": "1"}})
    if event["do"] == "environment":
        return dict(os.environ)
    if event["do"] == "sleep":
        open(event["file"], "w").write(str(os.getpid()))
        time.sleep(600)
"""


def create_function(aws: LocalAws, name: str) -> None:
    asset = io.BytesIO()
    with zipfile.ZipFile(asset, "w") as archive:
        archive.writestr("index.py", FUNCTION)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    policy["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}  # type: ignore[index]
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
    aws.client("lambda").create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": asset.getvalue()},
        Timeout=900,
    )


def invoke(aws: LocalAws, name: str, **event: str) -> dict[str, str]:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    result = json.loads(answer["Payload"].read())
    return result if isinstance(result, dict) else {}


def create_table(aws: LocalAws, name: str) -> None:
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
    )


def eventually(claim: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Processes end when the kernel gets to it: look until then."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def process_is_gone(pid: int) -> bool:
    """Gone, or dead and not yet collected by init."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture(scope="module")
def function(aws: LocalAws) -> Iterator[str]:
    create_function(aws, "local-aws-test")
    yield "local-aws-test"
    aws.client("lambda").delete_function(FunctionName="local-aws-test")
    aws.client("iam").delete_role(RoleName="local-aws-test")


def test_it_listens_on_one_loopback_address_only(aws: LocalAws) -> None:
    """A server on every interface would answer on 127.0.0.2 as well."""
    port = urlsplit(aws.endpoint_url).port
    assert port is not None
    assert aws.endpoint_url == f"http://127.0.0.1:{port}"
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_requests_to_dynamodb_are_told_apart_by_who_sent_them(
    aws: LocalAws, function: str, ministack_dynamodb: object
) -> None:
    """A function's requests are counted one by one, in order, whatever the test itself asks meanwhile."""
    create_table(aws, "local-aws-requests")
    mark = aws.mark()
    aws.client("dynamodb").describe_table(TableName="local-aws-requests")
    invoke(aws, function, do="put", table="local-aws-requests")
    aws.client("dynamodb").scan(TableName="local-aws-requests")
    invoke(aws, function, do="put", table="local-aws-requests")

    assert aws.dynamodb_requests(since=mark) == ["PutItem", "PutItem"]
    assert aws.dynamodb_requests(since=mark, sender="other") == ["DescribeTable", "Scan"]
    assert aws.dynamodb_requests(since=mark, sender="anyone") == ["DescribeTable", "PutItem", "Scan", "PutItem"]
    assert "CreateTable" in aws.dynamodb_requests(sender="other"), "without a mark: from the start"


def test_a_functions_log_is_read_in_order(aws: LocalAws, function: str) -> None:
    """START, what it printed, END and REPORT, one invocation after the other."""
    before = len(aws.function_log(function))
    invoke(aws, function, do="one thing")
    invoke(aws, function, do="another")

    lines = aws.function_log(function)[before:]
    assert [line.split()[0] for line in lines] == ["START", "asked", "END", "REPORT"] * 2
    assert [line for line in lines if line.startswith("asked")] == ["asked to one thing", "asked to another"]
    assert aws.function_log("no-such-function") == []


def test_a_function_sees_nothing_of_this_machines_user(aws: LocalAws, function: str) -> None:
    """MiniStack hands its own environment on to the functions, so it has none to speak of."""
    environment = invoke(aws, function, do="environment")
    assert environment["HOME"].startswith(str(aws.directory))
    assert environment["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_python3")
    assert not {name for name in environment if "proxy" in name.lower() or name.startswith(("PYTEST", "VIRTUAL_ENV"))}


def test_nothing_of_the_users_own_aws_reaches_a_command(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the environment for subprocesses nor our own clients take a profile, an endpoint or a proxy."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere.example")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.delenv("no_proxy")

    ours = {name: value for name, value in aws.environment.items() if name.startswith("AWS_")}
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & ours.keys()
    assert ours["AWS_ENDPOINT_URL"] == aws.endpoint_url
    assert "127.0.0.1" in aws.environment["NO_PROXY"].split(",")
    assert aws.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_a_function_may_do_only_what_its_role_allows_with_auth(tmp_path: Path) -> None:
    """IAM is enforced for functions, and we ourselves are root."""
    with LocalAws.start(auth=True, directory=tmp_path) as aws:
        create_table(aws, "guarded")
        create_function(aws, "powerless")
        answer = invoke(aws, "powerless", do="put", table="guarded")
        assert "is not authorized to perform: dynamodb:PutItem" in answer["errorMessage"]

        statement = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        aws.client("iam").put_role_policy(RoleName="powerless", PolicyName="put", PolicyDocument=json.dumps(policy))
        assert invoke(aws, "powerless", do="put", table="guarded") == {}


def test_the_cdk_cli_streams_what_it_says(aws: LocalAws, tmp_path: Path) -> None:
    """A failing command is a result, not an exception; each line is passed on as it comes."""
    seen: list[str] = []
    result = aws.cdk("synth", cwd=tmp_path, app="echo made by the app; exit 3", on_line=seen.append)
    assert result.returncode != 0
    assert not result.ok
    assert "made by the app" in seen
    assert result.output.splitlines() == seen


def test_a_cdk_command_that_hangs_is_ended(aws: LocalAws, tmp_path: Path) -> None:
    """After the timeout the CLI and the app that it runs are gone, and the error says what was said last."""
    pid = tmp_path / "pid"
    app = f"echo not done yet; echo $$ > {pid}; sleep 600"
    with pytest.raises(TimeoutError, match=r"`cdk synth` did not end within 5 s(?s:.*)not done yet"):
        aws.cdk("synth", cwd=tmp_path, app=app, timeout=5)
    assert eventually(lambda: process_is_gone(int(pid.read_text())))


def test_the_cdk_cli_does_not_wait_for_what_is_done(tmp_path: Path) -> None:
    """The wait between its looks at a stack is cut from five seconds; others are left alone."""
    script = "for (const ms of [5000, 300]) { const t = Date.now(); setTimeout(() => console.log(Date.now() - t), ms) }"
    polling = Path(dynamigrate_local_aws.aws.__file__).with_name("polling.cjs")
    output = subprocess.check_output(["node", "--require", polling, "--eval", script], text=True, timeout=60)
    look, other = (int(line) for line in output.split())
    assert 200 <= look < 1000
    assert other >= 300


def test_bootstrap_is_done_once(aws: LocalAws) -> None:
    """The second call costs nothing."""
    assert aws.bootstrap().ok
    assert aws.bootstrap() is aws.bootstrap()


def test_the_reason_why_it_does_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of its log is in the message."""
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('the port is on fire')")
    monkeypatch.setattr(dynamigrate_local_aws.aws, "_EMULATOR", broken)
    with pytest.raises(RuntimeError, match=r"did not come up: it ended. Its log ends:\n(?s:.*)the port is on fire"):
        LocalAws.start()


def test_its_files_go_with_it_unless_they_have_a_place_of_their_own(tmp_path: Path) -> None:
    """The directory that we name is kept, for its log; a temporary one is not. An exception changes nothing."""
    with LocalAws.start(directory=tmp_path) as kept:
        pass
    assert "Ready" in (tmp_path / "ministack.log").read_text()
    with pytest.raises(ZeroDivisionError), LocalAws.start() as temporary:  # noqa: PT012
        assert temporary.directory.exists()
        raise ZeroDivisionError
    assert not temporary.directory.exists()
    for stopped in (kept, temporary):
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", urlsplit(stopped.endpoint_url).port or 0), timeout=5)


PARENT = """
    import sys, pathlib
    from dynamigrate_local_aws import LocalAws
    sys.path.insert(0, sys.argv[1])
    from test_local_aws import create_function
    directory = pathlib.Path(sys.argv[2])
    with LocalAws.start(directory=directory) as aws:
        create_function(aws, "sleeper")
        event = '{"do": "sleep", "file": "%s/function"}' % directory
        aws.client("lambda").invoke(FunctionName="sleeper", InvocationType="Event", Payload=event)
        print(aws._process.pid, flush=True)
        aws.cdk("synth", cwd=directory, app=f"echo $$ > {directory}/app; sleep 600")
"""


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_process_that_started_it(sent: signal.Signals, tmp_path: Path) -> None:
    """However that ends, and with the function and the CDK command that are still at work."""
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(Path(__file__).parent), str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with parent:
        assert parent.stdout is not None
        group = int(parent.stdout.readline())
        at_work = [tmp_path / "function", tmp_path / "app"]
        assert eventually(lambda: all(path.exists() and path.read_text().strip() for path in at_work), 60)
        parent.send_signal(sent)
    assert eventually(lambda: group_is_gone(group))
    for path in at_work:
        assert eventually(lambda path=path: process_is_gone(int(path.read_text()))), path.name  # type: ignore[misc]


def test_it_can_be_left_running(tmp_path: Path) -> None:
    """It then outlives its block, until its process is told to end."""
    with LocalAws.start(directory=tmp_path) as aws:
        pid = aws.leave_running()
    try:
        assert aws.client("dynamodb").list_tables()["TableNames"] == []
    finally:
        os.kill(pid, signal.SIGTERM)
    assert os.waitpid(pid, 0) == (pid, signal.SIGKILL)
    assert eventually(lambda: group_is_gone(pid))
