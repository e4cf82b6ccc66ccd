"""An app on an embedded AWS: deployed, seeded, and its migrations run again."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from dynamigrate import InvalidMigrationName
from dynamigrate.contract.names import id_key, parse_file_name
from dynamigrate_local_aws import GuardedProcess, LocalAws

from ..faults import UsedWrongly
from .assembly import Stack, before_migrations, resolved
from .cdk_app import App, CdkApp
from .differences import differences
from .functions import History, histories, packages, stack_tables
from .seeds import Seed, read_seeds
from .steps import Steps
from .tables import Table, Tables


class LocalApp:
    """
    *app* on *aws*.

    Attributes:
        history: What its migrations work on, once it is deployed; None: it is not, or there are several.
    """

    def __init__(self, aws: LocalAws, app: App, *, made: Path, steps: Steps) -> None:
        """
        Args:
            made: A folder for what the CDK writes.
        """
        self.history: History | None = None
        self._aws, self._app, self._steps = aws, app, steps
        self._cdk = CdkApp(aws, app, output=made / "cdk.out", steps=steps)
        self._before: dict[str, Table] = {}
        self._stacks: Sequence[Stack] = ()
        self._packages: Path | None = None
        # The names of the migrations' files when all that was pending had run well; empty: it had not.
        self._ran: frozenset[str] = frozenset()

    def deploy(self) -> list[History]:
        """
        Deploy the app, with nothing in its tables but the seeds, and all its migrations pending.

        Returns the histories in it.

        Raises:
            Fault: The app does not synthesize, a stack does not deploy, or a seed does not fit.
        """
        self.history, self._ran = None, frozenset()
        seeds = self._seeds()
        assembly, stacks = self._cdk.synthesize()
        self._empty(stacks)
        first = before_migrations(stacks)
        if first:
            self._cdk.deploy(first)
        self._stacks, self._packages = stacks, packages(assembly, stacks)
        names = self._logical_names(stacks)
        late = [
            seed for seed in seeds if names is None or names.get(seed.table, seed.table) not in self._tables.names()
        ]
        if not late:
            self._fill(seeds, names or {})
        self._before = self._tables.snapshot()
        if rest := [one for one in stacks if one not in first]:
            self._cdk.deploy(rest)
        found = histories(self._aws.client("lambda"), self._aws.client("cloudformation"), stacks)
        self.history = found[0] if len(found) == 1 else None
        self._ran = self._names()
        if self.history is None:
            what = "several histories of migrations" if found else "no Migrations construct"
            self._steps.say(f"There is {what} in these stacks, so each change deploys them all.")
        if late:
            self._seed_after(seeds, stacks)
        else:
            self.show_changes()
        return found

    def runs_on(self, files: Collection[Path]) -> bool:
        """Whether *files* are new migrations after all that have run, so that nothing has to run again."""
        names = {path.name for path in files if path.parent == self._app.migrations.resolve() and path.exists()}
        try:
            newest = max(id_key(parse_file_name(name)[0]) for name in self._ran)
            oldest = min(id_key(parse_file_name(name)[0]) for name in names)
        except (InvalidMigrationName, ValueError):
            return False
        return len(names) == len(files) and oldest > newest

    def run_again(self) -> bool:
        """Put the tables back to how they were before the first migration, and run all. Returns whether that went well."""
        self._tables.restore(self._before)
        return self.run()

    def seed_again(self) -> bool:
        """The same with what the file of seeds has now."""
        seeds = self._seeds()
        assert self.history is not None  # noqa: S101
        return self._run_on(seeds, self._stacks)

    def run(self) -> bool:
        """Run what is pending, by the engine alone: no stack is touched. Returns whether that went well."""
        assert self.history is not None  # noqa: S101
        history = self.history
        given = {
            "folder": str(self._app.migrations.resolve()),
            "table": history.table,
            "lock_table": history.lock_table,
            "lock_id": history.lock_id,
            "tables": dict(history.tables),
            "params": dict(history.params),
            "packages": str(self._packages or ""),
        }
        command = [sys.executable, "-P", "-m", "dynamigrate_cli.local.rerun", json.dumps(given)]
        process = GuardedProcess(command, env=self._aws.environment, cwd=self._app.folder)
        try:
            for raw in process.output:
                self._steps.say(f"  {raw.decode('utf-8', errors='replace').rstrip()}")
            ok = process.wait() == 0
        finally:
            process.end()
        self._ran = self._names() if ok else frozenset()
        self.show_changes()
        return ok

    def show_changes(self) -> None:
        """Say what became of the tables since before the first migration."""
        state = {self.history.table, self.history.lock_table} if self.history else set[str]()
        names = {physical: name for name, physical in self.history.tables.items()} if self.history else {}
        lines = list(differences(self._before, self._tables.snapshot(), passed_over=state, names=names))
        self._steps.say(
            "Since before the first migration:", *(f"  {line}" for line in lines or ["no item has changed"])
        )

    @property
    def _tables(self) -> Tables:
        return Tables(self._aws.client("dynamodb"))

    def _names(self) -> frozenset[str]:
        return frozenset(path.name for path in self._app.migrations.glob("[0-9]*.py"))

    def _seeds(self) -> list[Seed]:
        return [] if self._app.seed is None else read_seeds(self._app.seed)

    def _fill(self, seeds: Sequence[Seed], names: Mapping[str, str]) -> None:
        counts = self._tables.seed(seeds, names.get)
        for table, count in counts.items():
            self._steps.say(f"seeded {table}: {count} {'item' if count == 1 else 'items'}")

    def _seed_after(self, seeds: Sequence[Seed], stacks: Sequence[Stack]) -> None:
        """Where tables and migrations are in one stack, nothing comes between the two; so all runs again."""
        self._steps.say("The tables are in one stack with the migrations, which ran on empty ones: now with the seeds.")
        if self.history is None:
            raise UsedWrongly(
                "The app has several histories of migrations, so the seeds belong to none.",
                "Choose the stacks of one of them: --stacks NAME.",
            )
        self._run_on(seeds, stacks)

    def _run_on(self, seeds: Sequence[Seed], stacks: Sequence[Stack]) -> bool:
        assert self.history is not None  # noqa: S101
        self._empty(stacks)
        self._fill(seeds, self.history.tables)
        self._before = self._tables.snapshot()
        return self.run()

    def _empty(self, stacks: Iterable[Stack]) -> None:
        """Leave of all tables those that CloudFormation made, without their items: so no migration has run."""
        made = stack_tables(self._aws.client("cloudformation"), stacks)
        kept = {name: self._before.get(name, one) for name, one in self._tables.snapshot().items() if name in made}
        self._tables.restore({name: one.without_items() for name, one in kept.items()})

    def _logical_names(self, stacks: Iterable[Stack]) -> dict[str, str] | None:
        """Of the tables of all migrations, as far as they can be told before these are deployed; None: not at all."""
        cloudformation = self._aws.client("cloudformation")
        exports = {
            one["Name"]: one["Value"]
            for page in cloudformation.get_paginator("list_exports").paginate()
            for one in page["Exports"]
        }
        names: dict[str, str] = {}
        for stack in stacks:
            for value in stack.table_names():
                text = resolved(value, exports=exports, resources={})
                if text is None:
                    return None
                names |= json.loads(text)
        return names
