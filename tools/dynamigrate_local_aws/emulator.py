"""
Starts MiniStack, notes down each request to DynamoDB, and mends what else matters here: a failed asynchronous call
reaches its destination as Lambda has it, PartiQL is authorized as DynamoDB has it, and what the modules beside it mend.

A script, not a module: it runs on a Python of its own, where nothing of this project is. Its arguments are two files:
the first gets one JSON line a request, the second the port, as soon as it is known; and the port, 0 for a free one.
"""

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Beside this script, which is no package.
import mended_alarms
import mended_lambda
import mended_map_runs
import mended_step_functions

DYNAMODB = b"DynamoDB_20120810."
STATEMENT = re.compile(
    r'\s*(SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?([\w.-]+)', re.IGNORECASE | re.DOTALL
)


class Recorder:
    """Notes down a request when it comes in, so that it stands in the file before its sender has the answer."""

    def __init__(self, app: Callable[..., Awaitable[None]], path: Path) -> None:
        self._app = app
        self._file = path.open("a", buffering=1, encoding="utf-8")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            target = headers.get(b"x-amz-target", b"")
            if target.startswith(DYNAMODB):
                # Every AWS SDK names its execution environment, and only a function has one: see emulator_environment.
                function = b"exec-env/AWS_Lambda" in headers.get(b"user-agent", b"")
                line = {
                    "operation": target.removeprefix(DYNAMODB).decode(),
                    "sender": "function" if function else "other",
                }
                self._file.write(json.dumps(line) + "\n")
        await self._app(scope, receive, send)


def name_failed_calls() -> None:
    """
    Have the record of a failed asynchronous call name the call, and its destination be called as Lambda calls it.

    MiniStack leaves out the request id, which "Invocation record" in Lambda's developer guide has, and by which whoever
    is told of a failure finds the call in a log. It also calls the destination once, whatever its settings say.
    """
    from ministack.services import lambda_svc

    execute = lambda_svc._execute_function_dispatch

    def execute_and_name(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        return {**execute(func, config, event, request_id, started), "request_id": request_id}

    def tell(destination: str, function_name: str, event: Any, result: dict[str, Any]) -> None:
        function, _, _ = lambda_svc._get_func_record_for_ref(destination)
        record = {
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": result["request_id"],
                "functionArn": f"{lambda_svc._func_arn(function_name)}:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 1,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": result.get("body"),
        }
        lambda_svc.invoke_async_with_retry(function, record)

    lambda_svc._execute_function_dispatch = execute_and_name
    lambda_svc._route_async_failure = tell


def authorize_partiql() -> None:
    """
    Have each PartiQL statement need the action of its kind on its table.

    MiniStack asks for the operation's own name (``dynamodb:BatchExecuteStatement``), which is no action: see "IAM
    security policies with PartiQL for DynamoDB" in DynamoDB's developer guide.
    """
    from ministack.core import iam_actions

    of_transactions = iam_actions.dynamodb_transaction_checks

    def checks(iam_action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
        if not iam_action.endswith(("ExecuteStatement", ":ExecuteTransaction")):
            found: list[tuple[str, str]] = of_transactions(iam_action, body, region, account_id)
            return found
        request = json.loads(body)
        texts = {
            one["Statement"] for one in request.get("Statements") or request.get("TransactStatements") or [request]
        }
        matches = [match for text in texts if (match := STATEMENT.match(text))]
        return [
            (
                f"dynamodb:PartiQL{match[1].split()[0].title()}",
                f"arn:aws:dynamodb:{region}:{account_id}:table/{match[2]}",
            )
            for match in matches
        ]

    iam_actions.dynamodb_transaction_checks = checks


def leave_clients_alone() -> None:
    """
    Have the SDK in a function be as it is in a real one.

    MiniStack imports botocore in every function before its own code, and hooks a header into each of its clients, by
    which it counts how deep functions call each other. A cold start would never be without botocore, and a backfill
    goes through a client that somebody listens to.
    """
    from ministack.core import lambda_runtime

    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    plain = script.replace("    _ms_install_invoke_depth()\n", "")
    if plain == script:
        raise SystemExit("this version of MiniStack hooks into clients in another way")
    lambda_runtime._PYTHON_WORKER_SCRIPT = plain


def main(requests: Path, port_file: Path, wanted: int) -> None:
    # The socket is ours before its number is told to anyone, so that nobody can take the port in between.
    listener = socket.create_server(("127.0.0.1", wanted), backlog=256)
    port = listener.getsockname()[1]
    os.environ["GATEWAY_PORT"] = str(port)  # read by MiniStack when it is imported

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    name_failed_calls()
    authorize_partiql()
    leave_clients_alone()
    mended_alarms.authorize()
    mended_lambda.name_errors()
    mended_lambda.spare_what_runs()
    mended_step_functions.limit_time()
    mended_step_functions.end_for_good()
    mended_step_functions.limit_payloads()
    mended_step_functions.end_at_once()
    mended_step_functions.mend_starting()
    mended_map_runs.end_children()
    mended_map_runs.authorize()
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75  # as MiniStack's own command line has it
    config.loglevel = "INFO"
    port_file.write_text(f"{port}\n", encoding="ascii")
    asyncio.run(serve(Recorder(app, requests), config))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
