"""A package from what is wanted: looked at before anything is made, written when all of it is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from dynamigrate import FolderSource, MigrationsError

from ..faults import Fault, UsedWrongly
from ..session import Session
from .node import prepare_node
from .output_folder import OutputFolder
from .wanted import Wanted

if TYPE_CHECKING:
    from .synth import Synthesized

# What a template may have that is given in the request itself, by "AWS CloudFormation quotas".
_INLINE: Final = 51_200
# What jsii raises another error from, where CDK's own code in Node refused something.
_IN_NODE: Final = "JavaScriptError"
_OPTIONS: Final = {
    "memory_size": "--memory",
    "timeout": "--timeout",
    "run_limit": "--run-limit",
    "check_limit": "--check-limit",
}
_PROPS: Final = re.compile(rf"\b({'|'.join(_OPTIONS)})\b(=None|=)?")
_OF_CDK: Final = ("aws_cdk", "constructs", "jsii", "packaging")


def write_package(session: Session, wanted: Wanted, out: Path) -> None:
    """
    Write the package that is *wanted* to *out*, and say what is there.

    Raises:
        Fault: It can't be made; nothing was written.
    """
    output = OutputFolder(out)
    _look_at(wanted)
    if out.resolve().is_relative_to(wanted.folder.resolve()):
        raise UsedWrongly(
            f"--out {out} is in the folder of migrations, all of which goes into the function's code.",
            "Name a folder beside it. Nothing was written.",
        )
    prepare_node()
    with TemporaryDirectory(prefix="dynamigrate-") as temporary, _told(wanted):
        found = _synthesized(wanted, Path(temporary, "cdk.out"))
        written = output.write(found.templates, found.code)
    for warning in found.warnings:
        session.terminal.tell(f"Warning: {warning}", "warning")
    steps = list(_steps(wanted, found, written, out))
    if session.settings["json"]:
        answer = {"files": [str(one) for one in written], "parameters": list(found.parameters), "digest": found.digest}
        session.terminal.print(
            json.dumps({"ok": True, **answer, "warnings": list(found.warnings), "next": steps}, ensure_ascii=False)
        )
        return
    for path in written:
        session.terminal.print(f"wrote {path}")
    session.terminal.tell(found.told)
    for step in steps:
        session.terminal.tell(step)


def _look_at(wanted: Wanted) -> None:
    """
    What can be said of the folder before CDK is loaded, which takes seconds.

    Raises:
        Fault: Of the folder.
    """
    if not wanted.folder.is_dir():
        found = "is no folder" if wanted.folder.exists() else "is not there"
        raise UsedWrongly(
            f"{wanted.folder} {found}.",
            "Name the folder that holds the migrations: dynamigrate package FOLDER. Nothing was written.",
        )
    try:
        migrations = FolderSource(wanted.folder).load()
    except MigrationsError as error:
        raise Fault(error.message, f"{error.next_step} Nothing was written.", kind=type(error).__name__) from error
    later = [str(one) for one in migrations if one.phase == "after"]
    if later and not wanted.after:
        raise UsedWrongly(
            f"{', '.join(later)}: the phase is after, and nothing would run that before the application is deployed.",
            "Add --after, which writes after.json: the template of a second stack, for after the application's. Nothing was "
            "written.",
        )


def _synthesized(wanted: Wanted, output: Path) -> Synthesized:
    try:
        from .synth import synthesize
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _OF_CDK:
            raise
        raise UsedWrongly(
            f"dynamigrate package needs {error.name}, which is not installed here: it makes its template with the constructs.",
            "Install it: pip install 'dynamigrate[cdk,cli]'. Nothing was written.",
        ) from error
    return synthesize(wanted, output)


@contextmanager
def _told(wanted: Wanted) -> Iterator[None]:
    """A block whose errors are told as the command's own."""
    try:
        yield
    except MigrationsError as error:
        raise Fault(error.message, f"{error.next_step} Nothing was written.", kind=type(error).__name__) from error
    except Exception as error:
        # Not imported before: without CDK there is none of these.
        from dynamigrate_cdk import InvalidProp, SynthError

        if not isinstance(error, SynthError) and type(error.__cause__).__name__ != _IN_NODE:
            raise
        from .stacks import BEFORE, PATH

        # What the constructs say first is where in an app they are, and here is none.
        told = str(error).removeprefix(f"{BEFORE}/{PATH}: ")
        if isinstance(error, InvalidProp):
            # Each of them comes from an option or a setting.
            raise UsedWrongly(_in_options(told), "Nothing was written.", kind=type(error).__name__) from error
        raise Fault(f"{wanted.folder}: {told}", "Nothing was written.", kind=type(error).__name__) from error


def _in_options(told: str) -> str:
    """*told* with options of the command for the props that they are."""
    return _PROPS.sub(lambda found: f"{_OPTIONS[found[1]]}{' none' if found[2] == '=None' else ''}", told)


def _steps(wanted: Wanted, found: Synthesized, written: Sequence[Path], out: Path) -> Iterator[str]:
    if wanted.state == "parameters":
        yield (
            f"Have two tables for the history that outlive every stack: deploy {out / 'state.json'} as a stack of its own, or "
            "make them with your own, each with the key ID (a string)."
        )
    else:
        yield (
            "The function makes the two tables of the history, named for the stack: whoever renames the stack begins an empty "
            "history, and everything runs again."
        )
    if any(one.stat().st_size > _INLINE for one in written if one.suffix == ".json"):
        yield (
            f"CloudFormation takes a template of more than {_INLINE:,} bytes from a bucket alone: aws cloudformation deploy "
            "--s3-bucket, or a template URL."
        )
    yield f"Give {out / 'template.json'} its parameters: {', '.join(found.parameters)}."
    yield "The documentation has a page each for CDK in TypeScript, CloudFormation, SAM, Terraform, SST, Serverless and Amplify."
