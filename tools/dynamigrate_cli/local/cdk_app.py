"""An app of the CDK: synthesized, its accounts bootstrapped, its stacks deployed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dynamigrate_local_aws import LocalAws

from ..faults import Fault, UsedWrongly
from .aside import aside
from .assembly import Assembly, Stack, where
from .reason import reason
from .steps import Steps


@dataclass(frozen=True, kw_only=True)
class App:
    """
    What is to be deployed.

    Attributes:
        folder: Where its cdk.json is.
        command: What synthesizes it; None: as cdk.json has it.
        stacks: Their names; none: all.
        migrations: The folder of migrations.
        seed: A file of items; None: there is none.
        context: As `cdk --context` takes it.
    """

    folder: Path
    command: str | None
    stacks: Sequence[str]
    migrations: Path
    seed: Path | None
    context: Mapping[str, str]


class CdkApp:
    """*app*, by the CDK's own command line, on *aws*."""

    def __init__(self, aws: LocalAws, app: App, *, output: Path, steps: Steps) -> None:
        """
        Args:
            output: Where the assembly goes, and beside it what a deploy said.
        """
        self._aws, self._app, self._steps = aws, app, steps
        self._output = output

    def synthesize(self) -> tuple[Assembly, list[Stack]]:
        """
        Synthesize it, and bootstrap where it is to go. Returns the assembly, and of its stacks those that are wanted.

        Raises:
            Fault: In the CDK's words, or as its stacks are for several accounts.
        """
        shutil.rmtree(self._output, ignore_errors=True)
        aws = self._aws
        account, region = aws.account, aws.region
        # Each takes its seconds, and mostly they are about the same account.
        bootstrapped = aside(self._bootstrap)
        self._synth()
        assembly = Assembly(self._output)
        stacks = assembly.chosen(self._app.stacks)
        if not stacks:
            raise UsedWrongly("The app has no stacks.")
        with self._steps.step("cdk bootstrap"):
            bootstrapped()
            aws.account, regions = where(stacks, account, region)
            for one in regions:
                aws.region = one
                self._bootstrap()
        # That of the migrations, if they name one: their tables are looked at.
        aws.region = next((one.region for one in stacks if one.migrates and one.region), regions[0])
        return assembly, stacks

    def deploy(self, stacks: Iterable[Stack]) -> None:
        """
        Deploy these alone, in their order.

        Raises:
            Fault: In the CDK's words.
        """
        names = [one.id for one in stacks]
        with self._steps.step(f"cdk deploy {' '.join(names)}") as show:
            result = self._aws.cdk(
                "deploy",
                *names,
                "--exclusively",
                "--require-approval",
                "never",
                "--progress",
                "events",
                cwd=self._app.folder,
                app=str(self._output),
                on_line=show,
            )
            whole = self._output.with_name("deploy.log")
            whole.write_text(result.output, encoding="utf-8")
            if not result.ok:
                raise Fault(
                    f"The deploy failed. The CDK says:\n\n{reason(result.output)}\n\nAll that it said is in {whole}."
                )

    def _synth(self) -> None:
        with self._steps.step("cdk synth") as show:
            result = self._aws.cdk(
                "synth",
                "--quiet",
                # What it would find here, and write down, is not so in an account.
                "--no-lookups",
                cwd=self._app.folder,
                app=self._app.command,
                context=self._app.context,
                output_directory=self._output,
                env={"CDK_VALIDATION": "false"},
                on_line=show,
            )
            if not result.ok:
                raise Fault(f"The app does not synthesize. The CDK says:\n\n{result.output.strip()}\n")

    def _bootstrap(self) -> None:
        try:
            self._aws.bootstrap(*self._qualifier())
        except RuntimeError as error:
            raise Fault(str(error)) from error

    def _qualifier(self) -> list[str]:
        """Options of a bootstrap for an app that names its own."""
        try:
            context = json.loads((self._app.folder / "cdk.json").read_text(encoding="utf-8")).get("context", {})
            name = context.get("@aws-cdk/core:bootstrapQualifier")
        except (OSError, ValueError, AttributeError):
            return []
        return ["--qualifier", name, "--toolkit-stack-name", f"CDKToolkit-{name}"] if isinstance(name, str) else []
