"""Deploys the service so that there is something to see, and serves its dashboard until somebody ends it."""

import os
import signal
import sys
from typing import NoReturn

from demo.added import FAILING, FAILING_CODE
from demo.console import Console
from demo.service import OrderService
from dynamigrate_local_aws import LocalAws

from .server import Dashboard, DashboardServer
from .shown import HELD, HELD_CODE, RUNNING, RUNNING_CODE

# Orders, and seconds of one invocation: enough of them that somebody can look on for a while.
_MANY, _SECONDS = 1_500, 30


def tell(console: Console, aws: LocalAws) -> OrderService:
    """
    Raises:
        RuntimeError: A deploy did not come out as it should.
    """
    with console.step("cdk bootstrap"):
        aws.bootstrap()
    service = OrderService(aws)
    with console.step("cdk deploy OrderData, and some orders") as progress:
        _expect(as_told=service.deploy("Data", on_line=progress).ok, otherwise="the data was not deployed")
        service.place_orders()
        service.place_many(_MANY)
    service.write_migration(RUNNING, RUNNING_CODE)
    service.write_migration(HELD, HELD_CODE)
    with console.step(f"cdk deploy --all: {RUNNING} goes on detached, and {HELD} waits for it") as progress:
        result = service.deploy(context={"timeout": str(_SECONDS)}, on_line=progress)
        _expect(as_told=result.ok, otherwise=result.output)
    service.write_migration(FAILING, FAILING_CODE)
    with console.step(f"cdk deploy --all: {FAILING} fails") as progress:
        result = service.deploy(context={"timeout": str(_SECONDS)}, on_line=progress)
        _expect(as_told=not result.ok, otherwise=f"{FAILING} should have failed")
    return service


def serve(console: Console, aws: LocalAws, service: OrderService) -> None:
    """Until Ctrl-C."""
    outputs = service.outputs()
    dashboards = aws.client("cloudwatch").list_dashboards()["DashboardEntries"]
    logs = [outputs[name] for name in ("MigrationsFunction", "AfterFunction") if name in outputs]
    dashboard = Dashboard(aws, dashboards[0]["DashboardName"], logs)
    with DashboardServer(dashboard, int(os.environ.get("PORT") or 0)) as server:
        console.say("", f"The dashboard is at {server.address} . Ctrl-C ends it, and all that it stands on.")
        server.serve_forever(poll_interval=0.2)


def main() -> int:
    console = Console()
    console.say("The dashboard of the order service, on an AWS embedded on this machine's loopback.")
    # Ended from outside, as by a terminal that is closed, it cleans up too.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        with LocalAws.start() as aws:
            try:
                serve(console, aws, tell(console, aws))
            except RuntimeError as error:
                console.say("", f"The dashboard can't be shown: {error}")
                return 1
    except KeyboardInterrupt:
        console.say("", "Ended; everything is gone.")
    return 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _expect(*, as_told: bool, otherwise: str) -> None:
    if not as_told:
        raise RuntimeError(otherwise)


if __name__ == "__main__":
    sys.exit(main())
