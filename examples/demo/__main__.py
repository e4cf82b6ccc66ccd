"""The demo's story, step by step."""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from dynamigrate_local_aws import CdkResult, LocalAws

from .added import (
    ADDED,
    ADDED_CODE,
    AFTER,
    AFTER_CODE,
    CORRECTED_CODE,
    DETACHED,
    DETACHED_CODE,
    FAILING,
    FAILING_CODE,
    LONG,
    LONG_CODE,
)
from .console import Console
from .service import OrderService

# Of orders that come in meanwhile, and of seconds that one invocation of the function has: so few that it needs more.
_MANY, _SECONDS = 150, 12
# Seconds between two looks at one that goes on by itself, and after which it should have ended.
_LOOK_SECONDS, _PATIENCE = 1.0, 120.0


def tell(console: Console, aws: LocalAws) -> OrderService:
    """
    Raises:
        RuntimeError: Something did not come out as the demo says.
    """
    with console.step("cdk bootstrap (once an account)"):
        aws.bootstrap()
    service = OrderService(aws)

    with console.step("cdk deploy OrderData: the tables, and five orders in the shape of last year") as progress:
        _expect(service.deploy("Data", on_line=progress), ok=True)
        service.place_orders()
    console.show(f"order 1003: {_plain(service.order('1003'))}")

    with console.step("cdk deploy --all: the migrations run, then the application is deployed") as progress:
        _expect(service.deploy(on_line=progress), ok=True)
    _show_migrations(console, service)
    console.show(f"\norder 1003: {_plain(service.order('1003'))}")
    console.show(f"what the application says of it: {service.invoke('SummaryFunction', {'orderId': '1003'})}")
    _show_outputs(console, service)
    console.show("\nthe function's log, shortened:")
    shown = service.log()
    console.log(shown)

    service.write_migration(ADDED, ADDED_CODE)
    with console.step(f"a migration is added ({ADDED}.py); cdk deploy --all") as progress:
        _expect(service.deploy(on_line=progress), ok=True)
    _show_migrations(console, service)
    console.show(f"\norder 1003: {_plain(service.order('1003'))}")

    with console.step("nothing has changed; cdk deploy --all") as progress:
        mark = aws.mark()
        _expect(service.deploy(on_line=progress), ok=True)
    console.show(f"the two functions' requests to DynamoDB: {', '.join(aws.dynamodb_requests(since=mark))}")

    service.write_migration(FAILING, FAILING_CODE)
    shown = service.log()
    with console.step(f"one that fails ({FAILING}.py); cdk deploy --all") as progress:
        failed = _expect(service.deploy(on_line=progress), ok=False)
    console.show("the terminal says:")
    console.show(_reason(failed.output))
    console.show("\nthe stacks are:")
    console.table(("stack", "state"), sorted(service.stack_states().items()))
    console.say()
    _show_migrations(console, service)
    _show_dirty(console, service)
    console.show("\nthe function's log of this deploy, shortened:")
    console.log(service.log()[len(shown) :])

    with console.step("the repair: invoke the function, correct the file, cdk deploy --all") as progress:
        command = {"action": "repair", "migration": FAILING.partition("_")[0], "as": "pending", "confirm": True}
        answer = service.invoke("MigrationsFunction", command)
        if not answer.get("ok"):
            raise RuntimeError(f"the repair was refused: {answer}")
        service.write_migration(FAILING, CORRECTED_CODE)
        _expect(service.deploy(on_line=progress), ok=True)
    _show_migrations(console, service)
    _go_on_after_the_application(console, service)
    _go_on_in_slices(console, service)
    _go_on_detached(console, service)
    return service


def look_around(console: Console, aws: LocalAws, service: OrderService) -> None:
    """How to go on with what `KEEP=1` leaves running."""
    function = service.outputs()["MigrationsFunction"]
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    environment = aws.environment
    process = aws.leave_running()
    console.say(
        "",
        "It is still running. In this shell or another:",
        "",
        *(f"  export {name}={environment[name]}" for name in names),
        "",
        "Ask the function, as an operator would in the Lambda console:",
        "",
        f'  echo \'{{"action": "status"}}\' | aws lambda invoke --function-name {function} \\',
        "    --payload fileb:///dev/stdin /dev/stdout",
        "",
        "Look around:",
        "",
        f"  aws dynamodb scan --table-name {service.outputs()['MigrationsTable']}",
        f"  aws logs tail {service.outputs()['MigrationsLogGroup']} --since 1h",
        "  aws cloudformation describe-stacks --query 'Stacks[].[StackName,StackStatus]' --output table",
        "",
        f"Add a migration to {service.migrations}, and deploy it from here:",
        "",
        "  PATH=$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH cdk deploy --all --require-approval never \\",
        f"    -c destroyable=true -c migrations={service.migrations}",
        "",
        f"End it: kill {process}   (its files stay in {aws.directory})",
    )


def main() -> int:
    console = Console()
    console.say(
        "dynamigrate's demo: an order service, deployed with the real CDK command line to an AWS embedded on this",
        "machine's loopback. No account, no Docker; everything is gone afterwards.",
    )
    with LocalAws.start() as aws:
        try:
            service = tell(console, aws)
        except RuntimeError as error:
            console.say("", f"The demo stopped: {error}")
            return 1
        console.say("", f"All of it took {console.elapsed():.0f} seconds.")
        if os.environ.get("KEEP"):
            look_around(console, aws, service)
        else:
            console.say("`make demo KEEP=1` leaves it running, to look around.")
    return 0


def _go_on_after_the_application(console: Console, service: OrderService) -> None:
    service.write_migration(AFTER, AFTER_CODE)
    title = f'one that waits for the application ({AFTER}.py, phase = "after"); cdk deploy --all'
    with console.step(title) as progress:
        _expect(service.deploy(on_line=progress), ok=True)
    console.show("it ran in the last stack, OrderAfter, whose function runs what comes after the application:")
    _show_migrations(console, service)
    console.show(f"\norder 1003: {_plain(service.order('1003'))}")


def _go_on_in_slices(console: Console, service: OrderService) -> None:
    service.place_many(_MANY)
    service.write_migration(LONG, LONG_CODE)
    shown = service.log()
    title = f"one that takes longer ({LONG}.py) than the function may, {_SECONDS} seconds; cdk deploy --all"
    with console.step(title) as progress:
        _expect(service.deploy(context={"timeout": str(_SECONDS)}, on_line=progress), ok=True)
    console.show("it went on in the state machine, slice after slice; the function's log, shortened:")
    console.log([line for line in service.log()[len(shown) :] if '"_aws"' not in line])
    console.say()
    _show_migrations(console, service)


def _go_on_detached(console: Console, service: OrderService) -> None:
    service.write_migration(DETACHED, DETACHED_CODE)
    with console.step(f"one that no deploy waits for ({DETACHED}.py, detached = True); cdk deploy --all") as progress:
        _expect(service.deploy(context={"timeout": str(_SECONDS)}, on_line=progress), ok=True)
    console.show("the deploy is over, and this migration goes on; status says how far it is:")
    give_up = time.monotonic() + _PATIENCE
    told = ""
    while running := service.invoke("MigrationsFunction", {"action": "status"}).get("running"):
        if time.monotonic() > give_up:
            raise RuntimeError(f"the detached migration does not end: {running}")
        if (now := _how_far(running[0])) != told:
            console.show(f"  {now}")
            told = now
        time.sleep(_LOOK_SECONDS)
    console.say()
    _show_migrations(console, service)


def _how_far(running: Mapping[str, Any]) -> str:
    """Of one line of the answer, what a person looks at."""
    progress, lock = running.get("progress") or {}, running.get("lock") or {}
    slice_number = lock.get("goes_on", {}).get("slice", 1)
    if not progress:
        return f"slice {slice_number}: it begins"
    done, total, percent = (progress.get(name, 0) for name in ("done", "total", "percent"))
    return f"slice {slice_number}: {done} of {total} orders ({percent:.0f} %)"


def _show_outputs(console: Console, service: OrderService) -> None:
    outputs = service.outputs()
    ready, _ = [outputs.pop(name) for name in sorted(outputs, reverse=True) if "StatusCommand" in name]
    console.show("\noutputs of the stacks:")
    console.table(("output", "value"), sorted(outputs.items()))
    console.show(f"\nand a command to copy:\n{ready}")


def _show_migrations(console: Console, service: OrderService) -> None:
    status = service.invoke("MigrationsFunction", {"action": "status"})
    console.table(
        ("id", "description", "state", "when", "seconds"),
        [
            (row["id"], row["description"], row["state"], row.get("applied_at") or "", _seconds(row))
            for row in status["migrations"]
        ],
    )


def _show_dirty(console: Console, service: OrderService) -> None:
    for found in service.invoke("MigrationsFunction", {"action": "status"})["dirty"]:
        console.show('\nwhat the function answers to {"action": "status"} about it:')
        console.show(json.dumps(found, indent=2))


def _seconds(row: Mapping[str, Any]) -> str:
    seconds = row.get("seconds")
    return "" if seconds is None else f"{seconds:.2f}"


def _expect(result: CdkResult, *, ok: bool) -> CdkResult:
    if result.ok is not ok:
        raise RuntimeError(f"the deploy {'failed' if ok else 'should have failed'}. It said:\n{result.output}")
    return result


def _reason(output: str) -> str:
    """Of what a failed deploy said, the part on why, and the function's log where the CLI has found it."""
    lines = output.splitlines()
    begin = next((index for index, line in enumerate(lines) if "❌" in line), max(0, len(lines) - 8))
    end = next((index for index, line in enumerate(lines) if index > begin and "Source Location" in line), len(lines))
    log = next((index for index, line in enumerate(lines) if index >= end and "Logs from" in line), len(lines))
    log_end = next((index for index, line in enumerate(lines) if index > log and "Logs: http" in line), len(lines))
    return "\n".join([*lines[begin:end], *lines[log:log_end]])


def _plain(order: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in order.items())


if __name__ == "__main__":
    sys.exit(main())
