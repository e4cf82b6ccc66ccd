"""What `dynamigrate local` is made of, without an AWS."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dynamigrate_cli.faults import Fault, UsedWrongly
from dynamigrate_cli.local.assembly import Assembly, before_migrations, resolved, where
from dynamigrate_cli.local.cdk_app import App
from dynamigrate_cli.local.configured import Configured
from dynamigrate_cli.local.differences import differences
from dynamigrate_cli.local.foreground import in_the_foreground
from dynamigrate_cli.local.only_one import note, only_one
from dynamigrate_cli.local.reason import reason
from dynamigrate_cli.local.steps import Steps
from dynamigrate_cli.local.tables import Tables
from dynamigrate_cli.local.watching import changed, stamps, wait_for_change
from dynamigrate_cli.main import run
from dynamigrate_cli.pyproject import Pyproject

MIGRATIONS = {"Type": "Custom::DynamoDBMigrations"}


def stack(
    folder: Path, name: str, *needs: str, resources: Any = None, environment: str = "unknown-account/unknown-region"
) -> dict[str, Any]:
    template = folder / f"{name}.template.json"
    template.write_text(json.dumps({"Resources": resources or {}}))
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{environment}",
        "properties": {"templateFile": template.name},
        "dependencies": [*needs, f"{name}.assets"],
        "displayName": name,
    }


def assembly(folder: Path, **stacks: Any) -> Assembly:
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {**stacks, "Tree": {"type": "cdk:tree"}}}))
    return Assembly(folder)


class TestAnAssembly:
    """Which stacks there are, and in which order they are deployed."""

    def test_has_before_the_migrations_what_they_need(self, tmp_path: Path) -> None:
        """Not the application, although what runs after it needs that; nor what nobody needs."""
        found = assembly(
            tmp_path,
            Network=stack(tmp_path, "Network"),
            Data=stack(tmp_path, "Data", "Network"),
            Migrations=stack(tmp_path, "Migrations", "Data", resources={"M": MIGRATIONS}),
            Application=stack(tmp_path, "Application", "Migrations"),
            After=stack(tmp_path, "After", "Application", resources={"A": MIGRATIONS}),
            Other=stack(tmp_path, "Other"),
        )
        assert [one.id for one in before_migrations(found.chosen([]))] == ["Network", "Data"]

    def test_brings_what_a_chosen_stack_needs(self, tmp_path: Path) -> None:
        """A name that is none is said, with those that are."""
        found = assembly(
            tmp_path, Data=stack(tmp_path, "Data"), Use=stack(tmp_path, "Use", "Data"), X=stack(tmp_path, "X")
        )
        assert [one.id for one in found.chosen(["Use"])] == ["Data", "Use"]
        with pytest.raises(UsedWrongly, match=r"The app has no stack Dat\. It has Data, Use, X\."):
            found.chosen(["Dat"])

    def test_goes_where_its_stacks_say(self, tmp_path: Path) -> None:
        """Two accounts in one are too many."""
        found = assembly(
            tmp_path,
            One=stack(tmp_path, "One", environment="111111111111/eu-west-1"),
            Two=stack(tmp_path, "Two"),
            Three=stack(tmp_path, "Three", environment="333333333333/eu-west-1"),
        )
        assert where(found.chosen(["One", "Two"]), "0", "us-east-1") == ("111111111111", ("eu-west-1", "us-east-1"))
        with pytest.raises(UsedWrongly, match=r"several accounts \(111111111111, 333333333333\).*--stacks NAME"):
            where(found.chosen([]), "0", "us-east-1")

    def test_has_the_stacks_of_its_stages(self, tmp_path: Path) -> None:
        """Each by its path, as the CDK's command line names it."""
        inner = tmp_path / "assembly-Dev"
        inner.mkdir()
        data = {**stack(inner, "DevData"), "displayName": "Dev/Data (Dev-Data)"}
        data["properties"]["stackName"] = "Dev-Data"
        assembly(inner, DevData=data)
        found = assembly(
            tmp_path,
            **{"assembly-Dev": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Dev"}}},
        )
        assert [(one.id, one.name) for one in found.chosen(["Dev-Data"])] == [("Dev/Data", "Dev-Data")]

    def test_that_is_none_is_said(self, tmp_path: Path) -> None:
        """With what was wrong."""
        with pytest.raises(Fault, match="has no assembly of the CDK that can be read: FileNotFoundError"):
            Assembly(tmp_path)

    def test_tells_names_that_other_stacks_export(self) -> None:
        """And says of others that they are not known yet."""
        value = {"Fn::Join": ["", ['{"orders":"', {"Fn::ImportValue": "Data:Orders"}, '"}']]}
        assert resolved(value, exports={"Data:Orders": "Data-Orders-1"}, resources={}) == '{"orders":"Data-Orders-1"}'
        assert resolved(value, exports={}, resources={}) is None
        assert resolved({"Ref": "Orders"}, exports={}, resources={}) is None
        assert resolved({"Fn::GetAtt": ["Orders", "Name"]}, exports={}, resources={}) is None


class TestWatching:
    """Which changes count."""

    def test_sees_what_came_went_and_changed(self, tmp_path: Path) -> None:
        """In folders, and of a file that is named."""
        (tmp_path / "app").mkdir()
        for name in ("kept.py", "edited.py", "removed.py"):
            (tmp_path / "app" / name).write_text("1")
        seed = tmp_path / "seeds.json"
        seed.write_text("{}")
        before = stamps(tmp_path / "app", seed)
        (tmp_path / "app" / "edited.py").write_text("22")
        (tmp_path / "app" / "removed.py").unlink()
        (tmp_path / "app" / "new.py").write_text("")
        seed.write_text("{ }")
        names = [path.name for path in changed(before, stamps(tmp_path / "app", seed))]
        assert names == ["edited.py", "new.py", "removed.py", "seeds.json"]

    @pytest.mark.parametrize(
        "name",
        [
            "cdk.out/x.json",
            "node_modules/x.js",
            ".venv/x.py",
            "__pycache__/x.pyc",
            "tests/test_x.py",
            ".x.swp",
            "x.py~",
            "npm-debug.log",
        ],
    )
    def test_passes_over_what_is_not_deployed(self, tmp_path: Path, name: str) -> None:
        """What a deploy makes would begin another."""
        before = stamps(tmp_path)
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
        assert changed(before, stamps(tmp_path)) == []

    def test_passes_over_its_own_output(self, tmp_path: Path) -> None:
        """`dynamigrate local --watch > said.txt` in the app's folder would be at it for ever."""
        program = (
            "import sys\nfrom pathlib import Path\nfrom dynamigrate_cli.local.watching import changed, stamps\n"
            "before = stamps(Path())\nprint('more', flush=True)\nPath('other.txt').write_text('1')\n"
            "sys.stderr.write(str(changed(before, stamps(Path()))))"
        )
        with (tmp_path / "said.txt").open("w") as said:
            done = subprocess.run(
                [sys.executable, "-c", program],
                cwd=tmp_path,
                stdout=said,
                stderr=subprocess.PIPE,
                text=True,
                check=True,
            )
        assert "other.txt" in done.stderr
        assert "said.txt" not in done.stderr

    def test_waits_until_nothing_changes_any_more(self) -> None:
        """An editor truncates a file, and then writes it."""
        one, half, whole = ({Path("x"): (number, 0)} for number in range(3))
        looks = iter([one, one, half, whole, whole])
        slept: list[float] = []
        assert wait_for_change(one, lambda: next(looks), slept.append) == whole
        assert len(slept) == 4

    def test_does_not_mind_what_is_there_for_a_moment(self) -> None:
        """As an editor does it, to see whether it may write there."""
        before, probe, whole = ({Path("x"): (number, 0)} for number in range(3))
        looks = iter([before, probe, before, before, whole, whole])
        assert wait_for_change(before, lambda: next(looks), lambda _seconds: None) == whole


class TestOnlyOne:
    """Two of them would deploy over each other's work."""

    def test_is_at_work_on_an_app(self, tmp_path: Path) -> None:
        """The second is told of the first; afterwards there may be another."""
        with only_one(tmp_path) as folder:
            note(folder, {"process": 4711, "endpoint": "http://127.0.0.1:5000"})
            with (
                pytest.raises(Fault, match=r"already: process 4711, at http://127\.0\.0\.1:5000\. Use that one"),
                only_one(tmp_path),
            ):
                pass
        with only_one(tmp_path) as folder:
            assert json.loads((folder / "local.json").read_text()) == {"process": os.getpid()}

    def test_leaves_nothing_that_git_sees(self, tmp_path: Path) -> None:
        """What it makes is in a folder of its own, which ignores itself."""
        with only_one(tmp_path):
            pass
        assert [path.name for path in tmp_path.iterdir()] == [".dynamigrate"]
        assert (tmp_path / ".dynamigrate" / ".gitignore").read_text() == "*\n"


class TestTablesThatArePutBack:
    """What a migration did is as if it had never been."""

    @pytest.fixture
    def client(self) -> Iterator[Any]:
        with mock_aws():
            client = boto3.client("dynamodb")
            make(client, "orders", [{"id": {"S": "1"}, "n": {"N": "1"}}, {"id": {"S": "2"}}])
            make(client, "dropped", [{"id": {"S": "1"}}])
            yield client

    def test_have_their_items_and_indexes_again(self, client: Any) -> None:
        """A table that it made is gone, one that it dropped is there."""
        tables = Tables(client)
        before = tables.snapshot()
        client.put_item(TableName="orders", Item={"id": {"S": "1"}, "n": {"N": "2"}})
        client.put_item(TableName="orders", Item={"id": {"S": "3"}})
        client.delete_item(TableName="orders", Key={"id": {"S": "2"}})
        create = {
            "IndexName": "by_n",
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        client.update_table(
            TableName="orders",
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "n", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexUpdates=[{"Create": create}],
        )
        make(client, "made", [{"id": {"S": "1"}}])
        client.delete_table(TableName="dropped")
        tables.restore(before)
        after = tables.snapshot()
        assert {name: table.items for name, table in after.items()} == {
            name: table.items for name, table in before.items()
        }
        assert after["orders"].indexes == set()

    def test_show_what_changed(self, client: Any) -> None:
        """Of each table how many, and of the first items what; the state of the migrations is nobody's business."""
        tables = Tables(client)
        before = tables.snapshot()
        client.put_item(TableName="orders", Item={"id": {"S": "1"}, "n": {"N": "2"}, "s": {"S": "x" * 100}})
        client.put_item(TableName="orders", Item={"id": {"S": "3"}, "on": {"BOOL": True}})
        client.delete_item(TableName="orders", Key={"id": {"S": "2"}})
        client.delete_table(TableName="dropped")
        make(client, "made", [])
        make(client, "_migrations", [{"id": {"S": "20261123090000"}}])
        shown = differences(before, tables.snapshot(), passed_over={"_migrations"}, names={"orders": "Orders"})
        assert list(shown) == [
            "dropped: the table is gone",
            "made: a new table",
            "Orders: 1 changed, 1 new, 1 gone",
            f"  1: n 1 -> 2; +s '{'x' * 58}…",
            "  2: gone",
            "  3: +on True",
        ]


class TestWhatIsSaid:
    """While it works, and when a deploy fails."""

    def test_a_failed_deploy_is_cut_down_to_its_reason(self) -> None:
        """The events before it are in a file."""
        log = "\n".join(f"   line {number}" for number in range(40))
        output = f"events\n❌  Data failed\nbecause\nSource Location: x\n\nLogs from /aws/x:\n{log}\nLogs: https://x\n"
        lines = reason(output).splitlines()
        assert lines[:4] == ["❌  Data failed", "because", "", "Logs from /aws/x:"]
        assert lines[-1] == "   line 39"
        assert len(lines) == 19
        assert reason("one\ntwo") == "one\ntwo"

    def test_a_step_is_a_line_in_a_pipe(self) -> None:
        """However it ends; what it says meanwhile is for a terminal."""
        stream = io.StringIO()
        steps = Steps(stream)
        with steps.step("one") as show:
            show("in passing")
        with pytest.raises(ValueError, match="no"), steps.step("two"):
            raise ValueError("no")
        assert [line.partition(" (")[0] for line in stream.getvalue().splitlines()] == ["one: done", "two: failed"]


class TestWhatIsAlwaysTheSame:
    """The table `[tool.dynamigrate.local]`."""

    def read(self, folder: Path, text: str) -> Configured:
        (folder / "pyproject.toml").write_text(f"[tool.dynamigrate]\n\n[tool.dynamigrate.local]\n{text}")
        return Configured.read(Pyproject.find(folder))

    def test_stands_in_a_file(self, tmp_path: Path) -> None:
        """A seed's file is looked for beside it."""
        text = (
            'app = "npx app"\nseed = "s.json"\nwatch = true\nport = 4566\nstacks = ["A"]\ncontext = { stage = "dev" }\n'
        )
        assert self.read(tmp_path, text) == Configured(
            app="npx app", seed=tmp_path / "s.json", watch=True, port=4566, stacks=("A",), context={"stage": "dev"}
        )
        assert Configured.read(Pyproject()) == Configured()

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "seeds = 's.json'",
                r"pyproject\.toml:4: local\.seeds is no setting\. The keys are app, stacks, context, seed",
            ),
            ("seed = 7", r"pyproject\.toml:4: local\.seed is 7\. It is a text, in quotes\."),
            ("watch = 'yes'", r"local\.watch is 'yes'\. It is true or false, without quotes"),
            ("port = true", r"local\.port is True\. It is a number from 0 to 65535"),
            ("port = 70000", r"local\.port is 70000\."),
            ("stacks = 'A'", r"local\.stacks is 'A'\. It is a list of names"),
            ("context = { stage = 1 }", r"local\.context is \{'stage': 1\}\. It is a table of texts"),
        ],
    )
    def test_is_checked(self, tmp_path: Path, text: str, message: str) -> None:
        """With the line, and what would do."""
        with pytest.raises(UsedWrongly, match=message):
            self.read(tmp_path, text)


class TestWhatIsNotThere:
    """Said before anything is begun."""

    def app(self, folder: Path) -> App:
        return App(folder=folder, command=None, stacks=(), migrations=folder / "migrations", seed=None, context={})

    def test_a_folder_without_an_app(self, tmp_path: Path) -> None:
        """With the two ways out."""
        with pytest.raises(UsedWrongly, match=r"There is no cdk\.json in .*--app 'python3 app\.py'"):
            in_the_foreground(self.app(tmp_path), port=0, watch=False, region="")

    def test_an_answer(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """It stays there, and says what it does: there is nothing to be had as JSON."""
        monkeypatch.setattr(sys, "argv", ["dynamigrate", "local", "--json"])
        assert run() == 2
        assert "dynamigrate local has no answer, so there is no --json." in "".join(capsys.readouterr())

    def test_a_folder_without_migrations(self, tmp_path: Path) -> None:
        """By its name."""
        (tmp_path / "cdk.json").write_text("{}")
        with pytest.raises(UsedWrongly, match=r"There is no folder .*migrations\. Name the folder"):
            in_the_foreground(self.app(tmp_path), port=0, watch=False, region="")


def make(client: Any, name: str, items: list[Any]) -> None:
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    for item in items:
        client.put_item(TableName=name, Item=item)
