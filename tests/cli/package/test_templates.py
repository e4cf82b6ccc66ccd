"""What ``dynamigrate package`` writes: templates without anything of CDK's, and files that are the same each time."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.cli.command_line import CommandLine
from tests.cli.package.packages import Package, flat, package
from tests.infra.synthesized import references

_MIGRATION = "def do(ctx):\n    pass\n"
_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_UNUSUAL = [
    *("--architecture", "x86_64", "--runtime", "3.13", "--memory", "512", "--timeout", "5m", "--run-limit", "none"),
    *("--check-limit", "30s", "--on-failure", "undo", "--restore-point", "none", "--log-level", "DEBUG"),
    *("--param", "region=EU"),
]
_WATCHED = ["--dashboard", "--alarms", "--events", "--tracing"]
_OPTIONS = [
    "--table",
    "orders",
    "--table",
    "customers=Shop-Customers",
    "--key",
    "orders",
    "--key",
    f"state={_KEY}",
    "--after",
    "--lock-id",
    "orders",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of migrations: one before the application's deploy, and one after it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "migrations").mkdir()
    (folder / "migrations/20261123090000_add_status.py").write_text(_MIGRATION)
    (folder / "migrations/20261124090000_drop_old.py").write_text(f'phase = "after"\n\n\n{_MIGRATION}')
    return folder


@pytest.fixture(scope="module")
def packaged(project: Path) -> Package:
    """With all that makes a difference to a template."""
    return package(project, "packaged", *_OPTIONS)


@pytest.fixture(scope="module")
def by_function(project: Path) -> Package:
    """With tables of the history that the function makes, and other settings than usual."""
    return package(project, "by-function", "--table", "orders", "--state", "function", "--after", *_UNUSUAL)


@pytest.fixture(scope="module")
def watched(project: Path) -> Package:
    """With all that an operator looks at."""
    return package(project, "watched", "--table", "orders", "--after", *_WATCHED)


def test_all_files_are_there(packaged: Package) -> None:
    """Two forms of each template: one with parameters for the code, one with its paths."""
    assert sorted(packaged.files) == [
        "after.json",
        "after.paths.json",
        "function.zip",
        "responder.zip",
        "state.json",
        "template.json",
        "template.paths.json",
    ]


def test_nothing_of_cdk_is_left(packaged: Package, by_function: Package, watched: Package) -> None:
    """No bootstrap, no metadata, no exports."""
    for files in (packaged.files, by_function.files, watched.files):
        for name, content in files.items():
            if name.endswith(".json"):
                text = content.decode()
                assert not re.search(
                    r"CDKMetadata|cdk-hnb659fds|[Bb]ootstrap|aws:cdk|cdk_nag|Fn::ImportValue|Export", text
                )
                assert set(json.loads(text)) <= {
                    "AWSTemplateFormatVersion",
                    "Description",
                    "Parameters",
                    "Conditions",
                    "Resources",
                    "Outputs",
                }


def test_no_name_is_left_that_stood_for_that_of_a_stack(
    packaged: Package, by_function: Package, watched: Package
) -> None:
    """But in the names of state machines, and what is called after them: the stack's own id is there, too."""
    own_id = json.dumps({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]})
    for one in (packaged, by_function, watched):
        for name in ("template", "after"):
            text = json.dumps(one.template(name)["Resources"])
            left = re.findall(rf"Dynamigrate(?:Package|After).*?\"(?:, {re.escape(own_id)})?", text)
            assert bool(left) == (one is not by_function), "it has no state machine"
            assert {*left} <= {
                f'DynamigratePackage-Migrations-", {own_id}',
                f'DynamigrateAfter-AfterMigrations-", {own_id}',
            }


def test_a_dashboard_shows_both_phases_by_the_names_of_their_stacks(watched: Package) -> None:
    """The second one's is a parameter, as it is deployed later."""
    [dashboard] = watched.resources("template", "AWS::CloudWatch::Dashboard").values()
    body = "".join(flat(dashboard["DashboardBody"]))
    assert "".join(flat(dashboard["DashboardName"])) == "<AWS::StackName>-Migrations-<AWS::Region>"
    assert 'service=\\"<AWS::StackName>\\" OR service=\\"<AfterStack>\\"' in body
    assert "## <AWS::StackName>/Migrations" in body
    assert len(watched.resources("template", "AWS::CloudWatch::Alarm")) >= 4
    codes = [one["Code"]["S3Key"]["Ref"] for one in watched.resources("template", "AWS::Lambda::Function").values()]
    assert sorted(codes) == ["FunctionCodeKey"] * 3 + ["ResponderCodeKey"]


def test_alarms_are_told_to_a_topic_that_a_parameter_names(watched: Package) -> None:
    """Else they would go off where nobody hears it."""
    template = watched.template()
    assert "Default" not in template["Parameters"]["AlarmTopicArn"]
    [policy] = [one for one in template["Resources"].values() if "sns:Publish" in json.dumps(one)]
    grants = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {"Action": "sns:Publish", "Effect": "Allow", "Resource": {"Ref": "AlarmTopicArn"}} in grants
    alarms = watched.resources("template", "AWS::CloudWatch::Alarm").values()
    assert len(alarms) == 4
    assert all(one["AlarmActions"] for one in alarms)


def test_every_reference_leads_somewhere(packaged: Package, by_function: Package, watched: Package) -> None:
    """To a resource, a parameter, or what CloudFormation itself knows."""
    for one in (packaged, by_function, watched):
        for name in ("template", "template.paths", "after", "after.paths"):
            template = one.template(name)
            known = {*template["Resources"], *template["Parameters"]}
            named = {found for found in references(template) if not found.startswith("AWS::")}
            assert named <= known
            assert {*template["Parameters"]} <= named, "a parameter that nothing is made of"


def test_logical_ids_can_be_read_and_stay(packaged: Package) -> None:
    """They come from what a resource is, not from a digest: whoever includes the template finds them again."""
    resources = packaged.template()["Resources"]
    assert {name for name in resources if re.search(r"[0-9A-F]{8}$", name)} == set()
    assert {
        "Migrations",
        "MigrationsFunction",
        "MigrationsLogGroup",
        "MigrationsLongRunsMachine",
        "MigrationsResponderFunction",
        "MigrationsRole",
    } <= {*resources}
    assert resources["Migrations"]["Type"] == "Custom::DynamoDBMigrations"


def test_parameters_are_what_only_a_deploy_knows(packaged: Package) -> None:
    """In the order in which one thinks of them; what has a default may be left out."""
    parameters = packaged.template()["Parameters"]
    assert [name for name, one in parameters.items() if "Default" not in one] == [
        "CodeBucket",
        "FunctionCodeKey",
        "ResponderCodeKey",
        "DeployId",
        "MigrationsTable",
        "LockTable",
        "OrdersTable",
        "OrdersKeyArn",
    ]
    assert {name: one["Default"] for name, one in parameters.items() if "Default" in one} == {
        "AppVersion": "",
        "Repair": "",
        "Baseline": "",
    }
    assert not {"CodeBucket", "FunctionCodeKey", "ResponderCodeKey"} & {
        *packaged.template("template.paths")["Parameters"]
    }


def test_grants_go_by_the_names_that_are_given(packaged: Package) -> None:
    """On the tables and all of their indexes, and on a key where there is one."""
    statements = packaged.resources("template", "AWS::IAM::Policy")["MigrationsTablesPolicy"]["PolicyDocument"][
        "Statement"
    ]
    arns = ["".join(flat(one)) for one in statements[0]["Resource"]]
    begins = "arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/"
    assert arns == [
        f"{begins}<OrdersTable>",
        f"{begins}<OrdersTable>/index/*",
        f"{begins}Shop-Customers",
        f"{begins}Shop-Customers/index/*",
    ]
    granted = packaged.resources("template", "AWS::IAM::Policy")["MigrationsRoleDefaultPolicy"]["PolicyDocument"][
        "Statement"
    ]
    keys = [one["Resource"] for one in granted if "kms:Decrypt" in one["Action"]]
    assert keys == [_KEY, {"Ref": "OrdersKeyArn"}]


def test_the_function_is_told_the_same_names(packaged: Package) -> None:
    """By its variables, which a migration sees in ctx.tables."""
    function = packaged.resources("template", "AWS::Lambda::Function")["MigrationsFunction"]
    variables = {name: "".join(flat(one)) for name, one in function["Environment"]["Variables"].items()}
    assert json.loads(variables["DYNAMIGRATE_TABLES"]) == {"orders": "<OrdersTable>", "customers": "Shop-Customers"}
    assert variables["DYNAMIGRATE_MIGRATIONS_TABLE"] == "<MigrationsTable>"
    assert variables["DYNAMIGRATE_LOCK_TABLE"] == "<LockTable>"
    assert variables["DYNAMIGRATE_LOCK_ID"] == "orders"
    assert variables["DYNAMIGRATE_STACK_NAME"] == "<AWS::StackName>"
    assert variables["DYNAMIGRATE_HISTORY"] == "<AWS::StackName>/Migrations"


def test_the_history_of_a_function_that_makes_its_tables_is_its_stacks(by_function: Package) -> None:
    """Two stacks of one package have two histories; and the phase after works on that of the phase before."""
    for template, function, stack in (
        ("template", "MigrationsFunction", "<AWS::StackName>"),
        ("after", "AfterMigrationsFunction", "<MigrationsStack>"),
    ):
        found = by_function.resources(template, "AWS::Lambda::Function")[function]["Environment"]["Variables"]
        table, lock = ("".join(flat(found[f"DYNAMIGRATE_{one}_TABLE"])) for one in ("MIGRATIONS", "LOCK"))
        assert re.fullmatch(rf"{stack}-Migrations-[0-9a-f]{{8}}-migrations", table)
        assert lock == f"{table}-lock"
        assert "".join(flat(found["DYNAMIGRATE_HISTORY"])) == f"{stack}/Migrations"


def test_settings_and_options_are_the_functions(by_function: Package) -> None:
    """Those of the command, and those that every command has."""
    function = by_function.resources("template", "AWS::Lambda::Function")["MigrationsFunction"]
    variables = function["Environment"]["Variables"]
    assert (function["Architectures"], function["Runtime"]) == (["x86_64"], "python3.13")
    assert (function["MemorySize"], function["Timeout"]) == (512, 300)
    assert not by_function.resources("template", "AWS::StepFunctions::StateMachine")
    assert variables["DYNAMIGRATE_CHECK_LIMIT_SECONDS"] == "30"
    assert variables["DYNAMIGRATE_ON_FAILURE"] == "undo"
    assert variables["DYNAMIGRATE_RESTORE_POINT"] == "none"
    assert variables["DYNAMIGRATE_LOG_LEVEL"] == "DEBUG"
    assert json.loads(variables["DYNAMIGRATE_PARAMS"]) == {"region": "EU"}


def test_tables_of_the_history_outlive_their_stack(packaged: Package, by_function: Package) -> None:
    """They are protected, and can be restored; no template has them where the function makes them."""
    tables = packaged.template("state")["Resources"]
    assert [one["DeletionPolicy"] for one in tables.values()] == ["Retain", "Retain"]
    for table in tables.values():
        [replica] = table["Properties"]["Replicas"]
        assert replica["DeletionProtectionEnabled"]
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert set(packaged.template("state")["Outputs"]) == {"MigrationsTable", "LockTable"}
    assert "state.json" not in by_function.files


def test_each_form_names_the_code_in_its_way(packaged: Package) -> None:
    """By parameters, or by paths, as the AWS CLI and SAM upload them."""
    for name in ("template", "after"):
        codes = {one["Code"]["S3Key"]["Ref"] for one in packaged.resources(name, "AWS::Lambda::Function").values()}
        assert codes == {"FunctionCodeKey", "ResponderCodeKey"}
        paths = {one["Code"] for one in packaged.resources(f"{name}.paths", "AWS::Lambda::Function").values()}
        assert paths == {"function.zip", "responder.zip"}


def test_the_code_has_what_the_handlers_name(packaged: Package) -> None:
    """The engine and the migrations in one, the responder in the other."""
    with ZipFile(packaged.folder / "function.zip") as archive:
        names = archive.namelist()
        own = [name for name in names if name.startswith("migrations/")]
        assert names == [*sorted({*names} - {*own}), *sorted({*own} - {own[-1]}), "migrations/_manifest.json"]
        assert {"dynamigrate/handler/__init__.py", "migrations/20261123090000_add_status.py"} <= {*names}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with ZipFile(packaged.folder / "responder.zip") as archive:
        assert "responder/index.py" in archive.namelist()


def test_the_same_package_is_the_same_bytes(project: Path, packaged: Package) -> None:
    """It takes the place of an earlier one, and is no other: what is deployed changes with what is in it."""
    before = packaged.files
    assert package(project, "packaged", *_OPTIONS).files == before
    assert {one.name for one in project.iterdir()} >= {"migrations", "packaged"}
    assert not [one.name for one in project.iterdir() if one.name.startswith(".")], "nothing else was left"


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(packaged: Package, by_function: Package, watched: Package) -> None:
    """Of the templates as they are deployed; of a path it says who uploads it, so one package's paths are enough."""
    others = [each.folder / f"{name}.json" for each in (by_function, watched) for name in ("template", "after")]
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            "--regions",
            "us-east-1",
            "--ignore-checks",
            "W3002",
            "--",
            *[str(one) for one in [*sorted(packaged.folder.glob("*.json")), *others]],
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_what_was_written_is_said(cli: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each file on stdout, and on stderr what to do with them."""
    monkeypatch.chdir(project)
    result = cli("package", "--out", "told", "--table", "orders", "--after")
    assert result.lines == [
        f"wrote told/{name}"
        for name in (
            "template.json",
            "template.paths.json",
            "after.json",
            "after.paths.json",
            "state.json",
            "function.zip",
            "responder.zip",
        )
    ]
    assert "migrations: 2, the newest 20261124090000_drop_old.py" in result.err
    assert "Give told/template.json its parameters: CodeBucket, " in result.err
    assert "Warning" not in result.err
    answer = cli("package", "--out", "told", "--table", "orders", "--after", "--json").answer
    assert answer["ok"] is True
    assert "told/function.zip" in answer["files"]
    assert "OrdersTable" in answer["parameters"]


def test_what_synth_warns_of_is_told(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be in a deploy by CDK, here before anybody deploys."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1_scan.py").write_text('def do(ctx):\n    print(ctx.tables["nobodys"])\n')
    result = cli("package", "--out", "packaged", "--state", "function")
    assert result.code == 0
    assert "Warning: migrations/1_scan.py:2: " in result.err
    assert "ctx.tables['nobodys'], which is not given" in result.err
    assert "whoever renames the stack begins an empty history" in result.err


def test_what_the_constructs_refuse_is_told_of_the_folder_or_the_option(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their words, and nothing is written."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1_needs_more.py").write_text(f"import not_there\n\n\n{_MIGRATION}")
    result = cli("package", "--out", "packaged")
    assert result.code == 1
    assert "1_needs_more.py:1: not_there is neither in Python" in " ".join(result.err.split())
    result = cli("package", "--out", "packaged", "--memory", "5")
    assert result.code == 2
    assert result.err.startswith("Error: --memory is 5 MB. Lambda takes 128 to 10240.\n")
    result = cli("package", "--out", "packaged", "--run-limit", "5m")
    assert result.err.startswith("Error: --run-limit is 300 s.")
    assert "of one invocation (--timeout). Or give --run-limit none, and it ends with them." in result.err
    assert not (tmp_path / "packaged").exists()
