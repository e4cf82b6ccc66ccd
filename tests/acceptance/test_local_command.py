"""`dynamigrate local`: an app of somebody's own, on the embedded AWS, in the foreground."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from dynamigrate_local_aws.environment import PROJECT

pytestmark = pytest.mark.acceptance

APP = """
from pathlib import Path
import aws_cdk as cdk
from aws_cdk.aws_dynamodb import Attribute, AttributeType, TableV2
from dynamigrate_cdk import Migrations, MigrationState

app = cdk.App()
data = cdk.Stack(app, "Data")
key = Attribute(name="id", type=AttributeType.STRING)
orders = TableV2(data, "Orders", partition_key=key, removal_policy=cdk.RemovalPolicy.DESTROY)
state = MigrationState(data, "State")
stack = cdk.Stack(app, "Migrating")
folder = Path(__file__).parent / "migrations"
Migrations(stack, "Migrations", migrations=folder, state=state, tables={"orders": orders}, params={"status": "NEW"})
app.synth()
"""

MIGRATION = """
from dynamigrate import Backfill, Update

def add_status(order, ctx):
    return None if "status" in order else Update(set={"status": %s})

do = Backfill(table="orders", transform=add_status)
"""

WAITING = "Waiting for a change"


class Local:
    """`dynamigrate local` while it runs in *folder*."""

    def __init__(self, folder: Path, *options: str, **env: str) -> None:
        self.folder = folder
        self.output = folder.with_name(f"{folder.name}-{uuid.uuid4()}.out")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("dynamigrate")), "local", *options],
                cwd=folder,
                env=environment(**env),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def until(self, sign: str, times: int = 1) -> str:
        """Wait until *sign* was said so often; returns what was said since it was the time before."""
        deadline = time.monotonic() + 150
        while self.said.count(sign) < times:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        return self.said.split(sign)[times - 1]

    def after(self, change: Callable[[], object]) -> str:
        """What it says of a *change*."""
        times = self.said.count(WAITING)
        change()
        return self.until(WAITING, times + 1)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    @property
    def endpoint(self) -> str:
        found = re.search(r"AWS_ENDPOINT_URL=(\S+)", self.said)
        assert found, self.said
        return found[1]

    def orders(self) -> dict[str, Any]:
        """Each order's status."""
        client = boto3.client(
            "dynamodb", endpoint_url=self.endpoint, aws_access_key_id="test", aws_secret_access_key="test"
        )
        (table,) = (name for name in client.list_tables()["TableNames"] if name.startswith("Data-Orders"))
        return {one["id"]["S"]: one.get("status", {}).get("S") for one in client.scan(TableName=table)["Items"]}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DYNAMIGRATE_"))}
    return kept | {"DYNAMIGRATE_EMBEDDED_AWS_PYTHON": str(PROJECT / ".emulator" / "bin" / "python")} | more


def make_app(folder: Path) -> Path:
    (folder / "migrations").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "cdk.json").write_text('{"app": "python3 app.py"}')
    (folder / "node_modules").symlink_to(PROJECT / "node_modules")
    write(folder, "20261123090000_add_status", "ctx.params['status']")
    (folder / "seeds.json").write_text('{"table": "orders", "items": [{"id": "1"}, {"id": "2", "status": "PAID"}]}')
    return folder


def write(folder: Path, name: str, status: str) -> None:
    (folder / "migrations" / f"{name}.py").write_text(MIGRATION % status)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """It has deployed the app, and waits."""
    local = Local(make_app(tmp_path_factory.mktemp("apps") / "app"), "--seed", "seeds.json", "--watch")
    try:
        local.until(WAITING)
        yield local
    finally:
        if local.process.poll() is None:
            local.end()


class TestOneThatIsUp:
    """From the first deploy to Ctrl-C."""

    def test_has_run_the_migrations_on_the_seeds(self, local: Local) -> None:
        """In the deploy itself: the tables come first, then their items, then the rest."""
        assert local.orders() == {"1": "NEW", "2": "PAID"}
        said = local.said
        assert [said.index(word) for word in ("deploy Data", "seeded orders: 2 items", "deploy Migrating")] == sorted(
            said.index(word) for word in ("deploy Data", "seeded orders: 2 items", "deploy Migrating")
        )
        assert "orders: 1 changed\n    1: +status 'NEW'" in said

    def test_says_how_to_reach_it(self, local: Local) -> None:
        """What it says to type works."""
        exports = dict(re.findall(r"export (\w+)=(\S+)", local.said))
        (command,) = re.findall(r"^  (dynamigrate status .*)$", local.said, re.MULTILINE)
        program = Path(sys.executable).with_name("dynamigrate")
        done = subprocess.run(
            [str(program), *command.split()[1:], "--json"],
            cwd=local.folder,
            env=environment(**exports),
            capture_output=True,
            text=True,
            check=False,
        )
        answer = json.loads(done.stdout)
        assert [(one["id"], one["state"]) for one in answer["migrations"]] == [("20261123090000", "applied")]

    def test_runs_one_again_that_has_changed(self, local: Local) -> None:
        """On the data that was there before it ran, and without a deploy."""
        said = local.after(lambda: write(local.folder, "20261123090000_add_status", "'OLD'"))
        assert "Changed: migrations/20261123090000_add_status.py" in said
        assert "The tables are put back to how they were before the first migration, and all run:" in said
        assert "20261123090000_add_status applied in" in said
        assert "cdk" not in said
        assert local.orders() == {"1": "OLD", "2": "PAID"}

    def test_runs_a_new_one_by_itself(self, local: Local) -> None:
        """What ran before it need not run again."""
        name = "20261123100000_once_more"
        said = local.after(lambda: write(local.folder, name, "'NEVER'"))
        assert "What is new runs:" in said
        assert f"{name} applied in" in said
        assert "20261123090000" not in said

    def test_shows_where_one_fails_and_goes_on(self, local: Local) -> None:
        """Nothing is to be repaired: the next try begins anew."""
        said = local.after(lambda: write(local.folder, "20261123090000_add_status", "1 / 0"))
        assert "20261123090000_add_status failed after" in said
        assert 'migrations/20261123090000_add_status.py", line 5, in add_status' in said
        assert "ZeroDivisionError: division by zero" in said
        assert local.orders() == {"1": None, "2": "PAID"}
        said = local.after(lambda: write(local.folder, "20261123090000_add_status", "'MENDED'"))
        assert "20261123090000_add_status applied in" in said
        assert local.orders() == {"1": "MENDED", "2": "PAID"}

    def test_takes_new_seeds(self, local: Local) -> None:
        """Those that are broken are said, and change nothing."""
        local.after(lambda: write(local.folder, "20261123090000_add_status", "'SOWN'"))
        seeds = local.folder / "seeds.json"
        said = local.after(lambda: seeds.write_text('{"table": "orders",\n "items": [{"id": "1"},]}'))
        assert "seeds.json:2: this is no JSON" in said
        assert local.orders() == {"1": "SOWN", "2": "PAID"}
        said = local.after(lambda: seeds.write_text('{"table": "orders", "items": [{"id": "7"}]}'))
        assert "seeded orders: 1 item\n" in said
        assert local.orders() == {"7": "SOWN"}

    def test_deploys_when_the_app_changes(self, local: Local) -> None:
        """From an empty start, with the seeds."""
        app = local.folder / "app.py"
        said = local.after(lambda: app.write_text(APP.replace('"NEW"', '"ELSE"')))
        assert "cdk deploy Migrating: done" in said
        said = local.after(lambda: write(local.folder, "20261123090000_add_status", "ctx.params['status']"))
        assert "applied in" in said
        assert "ELSE" in local.orders().values()

    def test_is_the_only_one_of_its_app(self, local: Local) -> None:
        """The second says where the first one is."""
        second = Local(local.folder, "--seed", "seeds.json")
        assert second.process.wait(60) == 1
        told = f"already: process {local.process.pid}, at {local.endpoint}. Use that one, or end it with Ctrl-C where it runs."
        assert told in " ".join(second.said.split())

    def test_ends_with_all_that_it_started(self, local: Local) -> None:
        """With Ctrl-C, which is how it is meant to end."""
        endpoint, started = local.endpoint, _descendants(local.process.pid)
        assert started
        assert local.end() == 0
        with pytest.raises(OSError, match=r"refused|reset"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(endpoint, timeout=5)
        assert _have_ended(started)


class TestAMigrationThatFailsAtFirst:
    """In the first deploy, after which there is no function."""

    def test_is_deployed_again_once_it_is_corrected(self, tmp_path: Path) -> None:
        """With --watch; the failure is said as the CDK says it, without what came before."""
        folder = make_app(tmp_path / "app")
        write(folder, "20261123090000_add_status", "1 / 0")
        local = Local(folder, "--seed", "seeds.json", "--watch")
        said = local.until(WAITING)
        assert "cdk deploy Migrating: failed" in said
        assert "ZeroDivisionError: division by zero" in said
        assert "CREATE_IN_PROGRESS" not in said
        assert "CREATE_IN_PROGRESS" in (folder / ".dynamigrate" / "deploy.log").read_text()
        said = local.after(lambda: write(folder, "20261123090000_add_status", "'MENDED'"))
        assert "cdk deploy Migrating: done" in said
        assert local.orders() == {"1": "MENDED", "2": "PAID"}
        assert local.end() == 0

    def test_ends_it_where_nobody_watches(self, tmp_path: Path) -> None:
        """Nothing is left that an operator could ask."""
        folder = make_app(tmp_path / "app")
        write(folder, "20261123090000_add_status", "1 / 0")
        local = Local(folder, "--seed", "seeds.json")
        assert local.process.wait(150) == 1
        assert "The deploy failed. The CDK says:" in local.said
        assert "ZeroDivisionError: division by zero" in local.said


class TestWhatKeepsItFromBeginning:
    """Each with what to do."""

    def test_an_app_that_does_not_synthesize(self, tmp_path: Path) -> None:
        """In the CDK's own words."""
        folder = make_app(tmp_path / "app")
        (folder / "app.py").write_text("import aws_cdk\nraise ValueError('no such stage')\n")
        local = Local(folder)
        assert local.process.wait(120) == 1
        assert "The app does not synthesize. The CDK says:" in local.said
        assert "ValueError: no such stage" in local.said

    def test_a_machine_without_node(self, tmp_path: Path) -> None:
        """Which the CDK runs on."""
        bare = tmp_path / "bin"
        bare.mkdir()
        local = Local(make_app(tmp_path / "app"), PATH=str(bare))
        assert local.process.wait(60) == 2
        assert "There is no node on the path, which the CDK needs. Install Node.js" in " ".join(local.said.split())

    def test_a_port_that_is_taken(self, tmp_path: Path) -> None:
        """Before anything is installed or begun."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            local = Local(make_app(tmp_path / "app"), "--port", str(port))
            assert local.process.wait(60) == 2
        assert f"The port {port} can't be had: Address already in use." in local.said

    def test_ctrl_c_before_it_is_up(self, tmp_path: Path) -> None:
        """As a shell reports an interrupted program; nothing is left."""
        local = Local(make_app(tmp_path / "app"))
        local.until("the embedded AWS: done")
        started = _descendants(local.process.pid)
        assert started
        assert local.end() == 130
        assert "The embedded AWS has ended; the app was not deployed." in local.said
        assert _have_ended(started)


def _descendants(process: int) -> set[int]:
    """All that it has started, and that those have."""
    ps = shutil.which("ps")
    if ps is None:
        pytest.skip("there is no ps here")
    listed = subprocess.run([ps, "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    found = {process}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def _have_ended(processes: set[int]) -> bool:
    """Whether none of them is left, a moment later at most."""
    deadline = time.monotonic() + 10
    while any(
        Path(f"/proc/{process}/cmdline").exists() and Path(f"/proc/{process}/cmdline").read_bytes()
        for process in processes
    ):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
