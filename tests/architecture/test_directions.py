"""
Which room may use which: read from the source, and seen in a process that has just begun.

Six directions, as the design has them.
"""

import ast
import re
import sys

import pytest

import dynamigrate
from dynamigrate.contract.listing import NOT_DEPLOYED
from tests.architecture.source import (
    AWS_SDK,
    CDK,
    CONSTRUCTS,
    ENGINE,
    OUTER,
    RESPONDER,
    ROOT,
    TOOLS,
    core,
    files,
    imports,
    loaded_by,
    offences,
    room,
    strangers,
)

_TOOLS = ("dynamigrate_cli", "dynamigrate_lint", "dynamigrate_pytest")


class TestTheCore:
    """Direction 1: core, sources and the targets' protocol need the standard library alone."""

    def test_imports_nothing_else(self) -> None:
        """But for the public name that is loaded when it is first used, and what a plan loads for a dry run."""
        front, plan = ENGINE / "__init__.py", ENGINE / "commands/rehearsing.py"
        assert offences([file for file in core() if file not in {front, plan}], set(), set()) == []
        assert offences([plan], set(), {"dry_run"}) == []
        assert [one.names for one in imports(front) if room(one.module)] == [
            one.names for one in imports(front) if room(one.module) and one.for_types
        ]

    def test_runs_where_nothing_else_is_installed(self) -> None:
        """Every one of its modules, and a whole run."""
        modules = [
            ".".join(file.relative_to(ENGINE.parent).with_suffix("").parts).removesuffix(".__init__") for file in core()
        ]
        code = (
            f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
            "from dynamigrate import MemorySource, MemoryTarget, Migration, migrate\n"
            "source = MemorySource()\n"
            "source.add(Migration('1', 'one', do=lambda ctx: None))\n"
            "assert migrate(source, MemoryTarget()).applied == ('1',)\n"
        )
        loaded = loaded_by(code, "-S")
        assert strangers(loaded, "dynamigrate") == set()
        assert {one for one in loaded if room(one)} == set()
        assert {*modules} <= loaded

    def test_loads_only_what_a_name_needs(self) -> None:
        """``import dynamigrate`` itself costs next to nothing."""
        assert {one for one in loaded_by("import dynamigrate", "-S") if one.startswith("dynamigrate")} == {
            "dynamigrate"
        }
        loaded = loaded_by("from dynamigrate import Migration", "-S")
        assert "dynamigrate.engine" not in loaded

    def test_loads_for_a_run_with_nothing_to_do_what_that_needs(self) -> None:
        """A deploy without changes pays, on its cold start, for nothing that only work needs."""
        code = (
            "from dynamigrate import MemorySource, MemoryTarget, Migration, migrate\n"
            "from dynamigrate.records import Record\n"
            "source = MemorySource()\n"
            "source.add(Migration('1', 'one', do=lambda ctx: None))\n"
            "assert not migrate(source, MemoryTarget.holding([Record(id='1', dirty=False)])).applied\n"
        )
        loaded = loaded_by(code, "-S")
        assert "dynamigrate.engine" in loaded
        assert {one for one in loaded if room(one)} == set()
        work = (
            "catch_up",
            "checks",
            "context",
            "gate",
            "held",
            "kept_look",
            "readiness",
            "restore_look",
            "restore_point",
        )
        assert loaded.isdisjoint(f"dynamigrate.{one}" for one in (*work, "runner", "step", "verification", "verifying"))

    def test_has_the_contract_apart(self) -> None:
        """What the construct imports at synth: the contract, and the errors that it raises."""
        for name in ("contract", "contract.names", "contract.checksum", "contract.manifest"):
            loaded = loaded_by(f"import dynamigrate.{name}", "-S")
            ours = {one for one in loaded if one.startswith("dynamigrate")}
            assert {one for one in ours if not one.startswith("dynamigrate.contract")} <= {
                "dynamigrate",
                "dynamigrate.errors",
                "dynamigrate.next_step",
            }, name
            assert strangers(loaded, "dynamigrate") == set()


class TestTheTargetAndTheBackfill:
    """Direction 2: `transport`, `dynamodb`, `backfill`, `schema` and `dry_run` need the core and the AWS SDK."""

    @pytest.mark.parametrize("outer", ["transport", "dynamodb", "backfill", "schema", "dry_run"])
    def test_import_nothing_else(self, outer: str) -> None:
        """Of each other the transport alone; and not the handler."""
        assert offences(files(ENGINE / outer), AWS_SDK, {outer, "transport"}) == []

    def test_load_no_handler(self) -> None:
        """The SDK comes in with a client, not with the name."""
        loaded = loaded_by("from dynamigrate import DynamoDBTarget")
        assert {room(one) for one in loaded if one.startswith("dynamigrate")} == {"", "dynamodb", "transport"}
        assert not {one for one in loaded if one.startswith(("aws_lambda_powertools", "aws_cdk"))}


class TestTheHandler:
    """Direction 3: `handler` may use all of the engine, and Powertools; nobody else reads the environment."""

    def test_imports_nothing_else(self) -> None:
        """Of what a Lambda function has."""
        assert offences(files(ENGINE / "handler"), {*AWS_SDK, "aws_lambda_powertools"}, {*OUTER}) == []

    def test_loads_only_what_every_invocation_needs(self) -> None:
        """A cold start is part of each deploy: what only a dry run, a command, or work needs is loaded there."""
        loaded = loaded_by("import dynamigrate.handler")
        assert "dynamigrate.engine" in loaded
        rare = ("context", "gate", "preview", "restore_point", "runner", "status", "targets.memory", "verification")
        assert loaded.isdisjoint(f"dynamigrate.{one}" for one in rare)
        assert {room(one) for one in loaded if one.startswith("dynamigrate")} <= {"", "handler", "transport"}

    def test_is_used_by_nobody(self) -> None:
        """It is the front door."""
        others = [file for file in files(ENGINE) if not file.is_relative_to(ENGINE / "handler")]
        assert [str(one) for one in imports(*others) if room(one.module) == "handler"] == []

    def test_alone_reads_the_environment(self) -> None:
        """However it is spelled."""
        readers = {
            file.relative_to(ENGINE).parts[0]
            for file in files(ENGINE)
            for node in ast.walk(ast.parse(file.read_bytes()))
            if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
            or (
                isinstance(node, ast.ImportFrom)
                and {one.name for one in node.names} & {"environ", "environb", "getenv"}
            )
        }
        assert readers == {"handler"}

    def test_alone_knows_cloudformation(self) -> None:
        """No other room has a word of its events in its code."""
        words = re.compile(r"ResponseURL|RequestType|LogicalResourceId|PhysicalResourceId|StackId|^cloudformation$")
        knowing = {
            file.relative_to(ENGINE).parts[0]
            for file in files(ENGINE)
            for node in ast.walk(ast.parse(file.read_bytes()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and words.search(node.value)
        }
        assert knowing == {"handler"}


class TestTheConstructs:
    """Direction 4: `dynamigrate_cdk` needs the CDK and, of the engine, the contract."""

    def test_import_nothing_else(self) -> None:
        """Of the engine `dynamigrate.contract` alone."""
        constructs = [file for file in files(CONSTRUCTS) if not file.is_relative_to(RESPONDER)]
        assert offences(constructs, {*CDK, "packaging", "dynamigrate_cdk", "dynamigrate_lint"}, set()) == []
        engine = [one for one in imports(*constructs) if one.top == "dynamigrate"]
        assert engine
        assert [str(one) for one in engine if not one.module.startswith("dynamigrate.contract")] == []

    @pytest.mark.parametrize(
        ("name", "others"),
        [
            ("asset", {"errors"}),
            ("props", {"errors"}),
            ("machinery", {"asset", "props", "ascii_text", "errors", "migration_state"}),
        ],
        ids=["asset", "props", "machinery"],
    )
    def test_rooms_lean_one_way(self, name: str, others: set[str]) -> None:
        """What is given and what is packed know of nothing that is made of them."""
        used = {one.module.split(".")[1] for one in imports(*files(CONSTRUCTS / name)) if one.top == "dynamigrate_cdk"}
        assert used - {name} == others

    def test_load_nothing_else_of_the_engine(self) -> None:
        """Nor boto3, which a synth has no use for."""
        loaded = loaded_by("import dynamigrate_cdk\nfrom dynamigrate_cdk import Migrations")
        assert {one for one in loaded if one.startswith("dynamigrate.") and "contract" not in one} <= {
            "dynamigrate.errors",
            "dynamigrate.next_step",
        }
        assert not {one for one in loaded if one.partition(".")[0] in AWS_SDK}

    def test_share_nothing_with_the_responder(self) -> None:
        """What breaks the function must not break what answers for it: it has the runtime's boto3, and itself."""
        modules = {f"dynamigrate_cdk.responder.{file.stem}" for file in files(RESPONDER)}
        used = {one.module for one in imports(*files(RESPONDER)) if one.top not in sys.stdlib_module_names | AWS_SDK}
        assert used <= modules
        others = [file for file in files(CONSTRUCTS, ENGINE) if not file.is_relative_to(RESPONDER)]
        assert [str(one) for one in imports(*others) if one.module in modules] == []

    def test_are_used_by_nothing_that_is_deployed(self) -> None:
        """Nothing in the asset's source root knows of them, or of the CDK."""
        forbidden = {*CDK, "dynamigrate_cdk", "dynamigrate_local_aws", "order_service", *_TOOLS}
        source = ROOT / "lambda_src"
        # What tests the migrations stands beside them, and is left out of the asset.
        deployed = [file for file in files(source) if not {*file.relative_to(source).parts} & {*NOT_DEPLOYED}]
        assert [str(one) for one in imports(*deployed) if one.top in forbidden] == []


class TestTheTools:
    """Direction 5: what authors and operators run needs of the engine what is public, and never the handler."""

    def test_import_what_is_public(self) -> None:
        """The names of the package, and the rooms that are there for every front door."""
        ours = [one for one in imports(*files(TOOLS)) if one.top == "dynamigrate"]
        for one in ours:
            if one.module == "dynamigrate":
                assert {*one.names} <= {*dynamigrate.__all__}, str(one)
            else:
                assert one.module.split(".")[1] in {"commands", "contract"}, str(one)

    def test_have_linting_apart(self) -> None:
        """It reads files and runs nothing, so it needs the standard library alone; the construct warns with it."""
        lint = imports(*files(TOOLS / "dynamigrate_lint"))
        others = {one.top for one in lint} - sys.stdlib_module_names - {"dynamigrate_lint"}
        assert others <= {"dynamigrate"}
        assert [str(one) for one in lint if one.top == "dynamigrate" and "contract" not in one.module] == []


class TestUsers:
    """Direction 6: migrations and examples use the public names alone."""

    @pytest.mark.parametrize("folder", ["lambda_src/migrations", "examples"])
    def test_import_public_names(self, folder: str) -> None:
        """From the package itself, as anybody would who has installed it."""
        ours = [one for one in imports(*files(ROOT / folder)) if one.top == "dynamigrate"]
        assert ours
        for one in ours:
            assert one.module == "dynamigrate", str(one)
            assert {*one.names} <= {*dynamigrate.__all__}, str(one)

    def test_import_public_constructs(self) -> None:
        """The same for the construct library."""
        ours = [one for one in imports(*files(ROOT / "examples"), ROOT / "app.py") if one.top == "dynamigrate_cdk"]
        assert [str(one) for one in ours if one.module != "dynamigrate_cdk"] == []
