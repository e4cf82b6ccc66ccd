"""The whole of one `local`: it starts the embedded AWS, deploys, watches, and ends all that it started."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from dynamigrate_local_aws import LocalAws
from dynamigrate_local_aws.environment import REGION
from dynamigrate_local_aws.installation import InstallationFailed, users_python

from ..faults import Fault, Interrupted, UsedWrongly
from .cdk_app import App
from .local_app import LocalApp
from .only_one import note, only_one
from .steps import Steps
from .watching import Stamps, changed, stamps, wait_for_change

_EXPORTED = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


def in_the_foreground(app: App, *, port: int, watch: bool, region: str) -> None:
    """
    Returns when somebody ends it, with Ctrl-C or SIGTERM.

    Raises:
        Interrupted: That was before the app was deployed.
        Fault: It could not be begun; or, without *watch*, not be deployed.
    """
    _check(app, port)
    steps = Steps(sys.stdout)
    up = False
    with _ends_with_sigterm():
        try:
            with only_one(app.folder) as made, _started(steps, port) as aws:
                aws.region = region or REGION
                note(made, {"process": os.getpid(), "endpoint": aws.endpoint_url})
                local = LocalApp(aws, app, made=made, steps=steps)
                before = _stamps(app)
                deployed = _deploy(local, steps, go_on=watch)
                up = True
                _say_how_to_reach(steps, aws, local)
                if watch:
                    _watch(local, app, before, steps, deployed=deployed)
                threading.Event().wait()
        except KeyboardInterrupt:
            if not up:
                raise Interrupted("The embedded AWS has ended; the app was not deployed.") from None
            steps.say("", "The embedded AWS has ended, and all that was in it.")


def _check(app: App, port: int) -> None:
    if app.command is None and not (app.folder / "cdk.json").is_file():
        raise UsedWrongly(
            f"There is no cdk.json in {app.folder}.",
            "Run it in the folder of your CDK app, or say what synthesizes it: --app 'python3 app.py'.",
        )
    if not app.migrations.is_dir():
        raise UsedWrongly(
            f"There is no folder {app.migrations}.", "Name the folder that holds the migrations: --migrations DIR."
        )
    if shutil.which("node") is None:
        raise UsedWrongly("There is no node on the path, which the CDK needs.", "Install Node.js 20 or newer.")
    if port:
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError as error:
                raise UsedWrongly(
                    f"The port {port} can't be had: {error.strerror}.", "Name another, or none: then it is a free one."
                ) from error


@contextmanager
def _started(steps: Steps, port: int) -> Iterator[LocalAws]:
    try:
        python = users_python(say=steps.say)
        with steps.step("the embedded AWS"):
            aws = LocalAws.start(port=port, python=python)
    except FileNotFoundError as error:
        raise UsedWrongly(
            "There is no node on the path, which the CDK needs.", "Install Node.js 20 or newer."
        ) from error
    except (InstallationFailed, RuntimeError) as error:
        raise Fault(str(error)) from error
    with aws:
        yield aws


def _deploy(local: LocalApp, steps: Steps, *, go_on: bool) -> bool:
    """Returns whether it went well."""
    try:
        local.deploy()
    except FileNotFoundError as error:  # the CDK's command line
        raise UsedWrongly(str(error)) from error
    except Fault as fault:
        if not go_on:
            raise
        steps.say(str(fault))
        return False
    return True


def _watch(local: LocalApp, app: App, before: Stamps, steps: Steps, *, deployed: bool) -> NoReturn:
    while True:
        steps.say("", "Waiting for a change; Ctrl-C ends it.")
        now = wait_for_change(before, lambda: _stamps(app))
        files = changed(before, now)
        steps.say("", f"Changed: {', '.join(_shown(path, app.folder) for path in files[:5])}")
        before = now
        try:
            deployed = _answer(local, app, files, steps, deployed=deployed)
        except Fault as fault:
            steps.say(str(fault))


def _answer(local: LocalApp, app: App, files: list[Path], steps: Steps, *, deployed: bool) -> bool:
    """Do what the change of *files* asks for. Returns whether the app is deployed."""
    migrations = app.migrations.resolve()
    # What packages they need is packed by a deploy.
    of_migrations = [path for path in files if path.is_relative_to(migrations) and path.suffix == ".py"]
    of_seed = [path for path in files if app.seed is not None and path == app.seed.resolve()]
    if not deployed or local.history is None or len(of_migrations) + len(of_seed) < len(files):
        return _deploy(local, steps, go_on=True)
    if of_seed:
        steps.say("The tables get the new seeds, and all migrations run:")
        local.seed_again()
    elif local.runs_on(of_migrations):
        steps.say("What is new runs:")
        local.run()
    else:
        steps.say("The tables are put back to how they were before the first migration, and all run:")
        local.run_again()
    return True


def _stamps(app: App) -> Stamps:
    roots = [app.folder, app.migrations.resolve()]
    return stamps(*roots, *([app.seed.resolve()] if app.seed is not None else []))


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _say_how_to_reach(steps: Steps, aws: LocalAws, local: LocalApp) -> None:
    environment = aws.environment
    steps.say(
        "",
        f"The embedded AWS is at {aws.endpoint_url}, until Ctrl-C. From another shell:",
        "",
        *(f"  export {name}={environment[name]}" for name in _EXPORTED),
        *([f"  dynamigrate status --stack {local.history.stack}"] if local.history else []),
    )


@contextmanager
def _ends_with_sigterm() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, so that no file is left behind."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
