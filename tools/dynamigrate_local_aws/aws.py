"""LocalAws: an AWS embedded on this machine, from its start to its end."""

import contextlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from .cdk import CdkResult, run_cdk
from .environment import (
    ACCOUNT,
    PROJECT,
    REGION,
    SECRET_KEY,
    access_key,
    client_environment,
    emulator_environment,
)
from .process import GuardedProcess
from .ready import wait_until_ready

if TYPE_CHECKING:  # these types are installed for the checks alone
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

Sender = Literal["function", "other", "anyone"]

_EMULATOR = Path(__file__).with_name("emulator.py")
_EMULATOR_PYTHON = PROJECT / ".emulator" / "bin" / "python"


class LocalAws:
    """
    A running MiniStack on a loopback port of its own.

    Attributes:
        endpoint_url: Where it answers.
        directory: Where its files are.
        account: Whose resources our clients and commands see; may be set, as may the region.

    All that it holds is in memory, and gone when it stops. It stops at the end of the `with` block, and no later than
    this process, however that ends; so do the functions and CDK commands that run in it.
    """

    def __init__(
        self, process: GuardedProcess, *, endpoint_url: str, directory: Path, cleanup: contextlib.ExitStack
    ) -> None:
        self.endpoint_url = endpoint_url
        self.directory = directory
        self.account, self.region = ACCOUNT, REGION
        self._process = process
        self._cleanup = cleanup
        self._session = _session_of_its_own()
        self._session_lock = threading.Lock()
        self._bootstrapped: dict[tuple[str, str], CdkResult] = {}

    @classmethod
    def start(
        cls, *, auth: bool = False, directory: Path | None = None, port: int = 0, python: Path = _EMULATOR_PYTHON
    ) -> Self:
        """
        Start one, and return as soon as it answers.

        With *auth*, IAM is enforced: functions have no more than their roles allow; we ourselves are the account's
        root. *directory* gets its log (`ministack.log`) and all files that it writes; without one, they are deleted at
        the end. *port* is a free one unless given. *python* is that of an environment with what `requirements.txt` says.

        Raises:
            RuntimeError: if it does not come up, with the end of its log.
        """
        if not python.exists():
            raise RuntimeError(f"{python} is missing: run `make setup` in {PROJECT}.")
        with contextlib.ExitStack() as cleanup:
            if directory is None:
                directory = Path(tempfile.mkdtemp(prefix="local-aws-"))
                cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
            directory = directory.resolve()
            directory.mkdir(parents=True, exist_ok=True)
            requests, port_file, log_file = (directory / name for name in ("requests.jsonl", "port", "ministack.log"))
            requests.write_bytes(b"")
            port_file.unlink(missing_ok=True)
            with log_file.open("wb") as log:
                process = GuardedProcess(
                    [str(python), str(_EMULATOR), str(requests), str(port_file), str(port)],
                    env=emulator_environment(directory, auth=auth),
                    cwd=directory,
                    output=log,
                )
            cleanup.callback(process.end)
            try:
                endpoint_url = wait_until_ready(process, port_file)
            except TimeoutError as error:
                raise RuntimeError(
                    f"The embedded AWS did not come up: {error}. Its log ends:\n{_end_of(log_file)}"
                ) from error
            return cls(process, endpoint_url=endpoint_url, directory=directory, cleanup=cleanup.pop_all())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop it, with every function that still runs. Again is fine."""
        self._cleanup.close()

    def leave_running(self) -> int:
        """
        Let it outlive this process, its files too; `stop` no longer does anything.

        Returns a process id: SIGTERM to it (`kill PID`) stops everything.
        """
        self._process.let_go()
        self._cleanup.pop_all()
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        """A complete environment for a command that is to talk to it: the AWS CLI, the CDK CLI, a script."""
        return client_environment(self.endpoint_url, self.directory, account=self.account, region=self.region)

    @property
    def log(self) -> str:
        """MiniStack's own log so far."""
        return (self.directory / "ministack.log").read_text(encoding="utf-8", errors="replace")

    @overload
    def client(self, service: Literal["cloudformation"], *, config: Config | None = None) -> "CloudFormationClient": ...
    @overload
    def client(self, service: Literal["dynamodb"], *, config: Config | None = None) -> "DynamoDBClient": ...
    @overload
    def client(self, service: Literal["iam"], *, config: Config | None = None) -> "IAMClient": ...
    @overload
    def client(self, service: Literal["lambda"], *, config: Config | None = None) -> "LambdaClient": ...
    @overload
    def client(self, service: Literal["logs"], *, config: Config | None = None) -> "CloudWatchLogsClient": ...
    @overload
    def client(self, service: Literal["s3"], *, config: Config | None = None) -> "S3Client": ...
    @overload
    def client(self, service: str, *, config: Config | None = None) -> Any: ...
    def client(self, service: str, *, config: Config | None = None) -> Any:
        """A new boto3 client that talks to it, whatever this process's environment says; *config* is added to ours."""
        ours = Config(proxies={}, connect_timeout=5, s3={"addressing_style": "path"})
        with self._session_lock:  # a session may not make two clients at once
            return self._session.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint_url,
                region_name=self.region,
                aws_access_key_id=access_key(self.account),
                aws_secret_access_key=SECRET_KEY,
                config=ours if config is None else ours.merge(config),
            )

    def bootstrap(self, *options: str) -> CdkResult:
        """
        `cdk bootstrap`, which a deploy needs once; a second call returns what the first did.

        Raises:
            RuntimeError: with the CLI's output.
        """
        where = self.account, self.region
        if where not in self._bootstrapped:
            result = self.cdk("bootstrap", f"aws://{self.account}/{self.region}", *options, cwd=self.directory)
            if not result.ok:
                raise RuntimeError(f"`cdk bootstrap` failed:\n{result.output}")
            self._bootstrapped[where] = result
        return self._bootstrapped[where]

    def cdk(
        self,
        *arguments: str,
        cwd: Path = PROJECT,
        app: str | None = None,
        context: Mapping[str, str] | None = None,
        output_directory: Path | None = None,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        timeout: float = 600.0,
    ) -> CdkResult:
        """
        Run the real CDK CLI against it, to its end: `aws.cdk("deploy", "--all", "--require-approval", "never")`.

        *app* is the command that synthesizes, *cwd*'s cdk.json's unless given; its `python3` is this process's Python.
        *output_directory* is where the assembly goes instead of `cdk.out` in *cwd*: give one when two may run at once.
        *env* is laid over `environment`. *on_line* gets each line as it comes, without its end. What the CLI says to
        both streams is in the result; that it failed too: only what keeps it from running to its end raises.

        Raises:
            FileNotFoundError: without the CLI.
            TimeoutError: after *timeout* seconds, with what it said last.
        """
        return run_cdk(
            arguments,
            env={**self.environment, **(env or {})},
            cwd=cwd,
            app=app,
            context=context or {},
            output_directory=output_directory,
            on_line=on_line,
            timeout=timeout,
        )

    def mark(self) -> int:
        """How many requests DynamoDB has had so far; `dynamodb_requests(since=...)` counts from there."""
        return len(self._requests())

    def dynamodb_requests(self, *, since: int = 0, sender: Sender = "function") -> list[str]:
        """
        The operations (`PutItem`) asked of DynamoDB since a mark, in the order in which they came in.

        A retry is a request of its own. A request is in the list before its answer is on the way, so that what a
        finished deploy sent is all there. *sender* is "function" for those of Lambda functions, "other" for the rest of
        the world: tests, the CLI. What CloudFormation itself does to tables is no request.
        """
        return [request["operation"] for request in self._requests()[since:] if sender in ("anyone", request["sender"])]

    def function_log(self, function_name: str) -> list[str]:
        """
        The lines that a function wrote to CloudWatch, oldest invocation first; each comes once its invocation ended.
        """
        logs = self.client("logs")
        group = self._log_group(function_name)
        try:
            pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
            streams = [stream for page in pages for stream in page["logStreams"]]
        except logs.exceptions.ResourceNotFoundException:
            return []
        streams.sort(key=lambda stream: (stream.get("firstEventTimestamp", 0), stream.get("creationTime", 0)))
        return [line for stream in streams for line in self._stream(group, stream["logStreamName"])]

    def _log_group(self, function_name: str) -> str:
        try:
            configuration = self.client("lambda").get_function_configuration(FunctionName=function_name)
        except ClientError:
            return f"/aws/lambda/{function_name}"  # a function that is gone may have left its log
        return configuration["LoggingConfig"]["LogGroup"]

    def _stream(self, group: str, stream: str) -> list[str]:
        logs = self.client("logs")
        lines: list[str] = []
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
        while page["events"]:
            lines += [event["message"] for event in page["events"]]
            page = logs.get_log_events(
                logGroupName=group, logStreamName=stream, startFromHead=True, nextToken=page["nextForwardToken"]
            )
        return lines

    def _requests(self) -> list[dict[str, str]]:
        with (self.directory / "requests.jsonl").open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def _session_of_its_own() -> boto3.Session:
    """A session that reads neither the user's AWS files nor AWS_PROFILE."""
    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.Session(botocore_session=session)


def _end_of(path: Path, lines: int = 30) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
