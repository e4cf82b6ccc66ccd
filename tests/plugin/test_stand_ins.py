"""What tests run on: moto where it can judge, a stand-in at an endpoint elsewhere, and never AWS."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from dynamigrate import DynamoDBTarget, MigrationFailed, Outcome, Target
from dynamigrate_local_aws import LocalAws
from dynamigrate_pytest import CannotJudge, MigrationEngine, MigrationTest
from tests.docs.blocks import PROJECT
from tests.plugin.assertions.good import GOOD_BACKFILL, GOOD_FUNCTION
from tests.plugin.conftest import ID, Write
from tests.plugin.test_plugin import write as write_file

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytest_plugins = ["pytester"]


@pytest.fixture
def orders(migration_test: MigrationTest) -> None:
    migration_test.make_table(
        "orders", key="orderId", items=[{"orderId": "1001", "total": 5}, {"orderId": "1002", "total": 6}]
    )


@pytest.mark.usefixtures("orders")
class TestMoto:
    """In process."""

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("ctx.dynamodb.execute_statement(Statement='SELECT * FROM orders')", "PartiQL (ExecuteStatement)"),
            ("ctx.dynamodb.batch_execute_statement(Statements=[])", "PartiQL (BatchExecuteStatement)"),
            (
                "for n in 1, 1: ctx.dynamodb.transact_write_items(ClientRequestToken='t', TransactItems=[put(n)])",
                "TransactWriteItems again with the same ClientRequestToken",
            ),
            (
                "ctx.dynamodb.batch_write_item(RequestItems={'orders': [{'PutRequest': item(n)} for n in range(26)]})",
                "more than 25 writes in one BatchWriteItem",
            ),
        ],
        ids=["statement", "batch", "token", "26"],
    )
    @pytest.mark.parametrize("caught", [False, True])
    def test_does_not_judge_what_it_can_not(
        self, migration_test: MigrationTest, write: Write, text: str, what: str, caught: bool
    ) -> None:
        """Even where the migration swallows it."""
        write(f"""
def item(n):
    return {{"Item": {{"orderId": {{"S": str(n)}}}}}}

def put(n):
    return {{"Put": {{"TableName": "orders", **item(n)}}}}

def do(ctx):
    try:
        {text}
    except Exception:
        {"pass" if caught else "raise"}
""")
        with pytest.raises(CannotJudge) as failed:
            migration_test.assert_repeatable(ID)
        assert what in str(failed.value)
        assert "pytest --dynamigrate-endpoint http://127.0.0.1:8000" in str(failed.value)

    @pytest.mark.parametrize(
        "text",
        [
            "def do(ctx):\n    boto3.client('dynamodb').put_item(TableName='orders', Item={'orderId': {'S': 'n'}})",
            "def do(ctx):\n    boto3.resource('dynamodb').Table('orders').put_item(Item={'orderId': 'n'})",
            "early = boto3.client('dynamodb')\ndef do(ctx):\n    early.put_item(TableName='orders', Item={'orderId': {'S': 'n'}})",
        ],
        ids=["client", "resource", "client made at import"],
    )
    def test_has_the_clients_that_migrations_make(self, migration_test: MigrationTest, write: Write, text: str) -> None:
        """Their requests are among those at which a process is killed."""
        write(f"import boto3\n{text}\n")
        migration_test.assert_survives_crashes(ID)
        migration_test.do(ID)
        assert migration_test.items("orders")[-1] == {"orderId": "n"}

    def test_has_clients_that_were_made_before_it(self, migration_test: MigrationTest, write: Write) -> None:
        """Nothing goes to AWS: this repository's tests could not connect to it, and would say so."""
        write("def do(ctx):\n    import botocore.session, boto3\n")
        import boto3

        client = boto3.Session().client("dynamodb", region_name="us-east-1")
        # As one made before moto was imported would be.
        client.meta.events._emitter._handlers = type(client.meta.events._emitter._handlers)()  # type: ignore[attr-defined]
        assert client.scan(TableName="orders")["Count"] == 2


class TestState:
    """Where the history is kept."""

    def test_is_in_memory_without_aws(self, migration_engine: MigrationEngine, write: Write) -> None:
        """Enough to see that the folder loads, and in which order."""
        write("def do(ctx):\n    assert ctx.params == {}\n\ndef undo(ctx):\n    pass\n")
        assert migration_engine.migrate().applied == (ID,)
        assert migration_engine.done == (ID,)
        assert migration_engine.undo().undone == (ID,)
        write("def do(ctx):\n    ctx.dynamodb.list_tables()\n")
        with pytest.raises(MigrationFailed, match=r"asked for ctx\.dynamodb, and this run has no client"):
            migration_engine.to(ID)

    @pytest.mark.usefixtures("orders")
    def test_is_in_dynamodb_where_that_is_asked_for(
        self, migration_dynamodb_engine: MigrationEngine, migration_test: MigrationTest, write: Write
    ) -> None:
        """Beside the data; the test's own tables are the ones that both have."""
        write(GOOD_BACKFILL)
        assert migration_dynamodb_engine.migrate().applied == (ID,)
        assert migration_test.items("orders")[0]["status"] == "NEW"
        names = migration_test.dynamodb.list_tables()["TableNames"]
        assert sorted(names) == ["dynamigrate-test", "dynamigrate-test-lock", "orders"]

    def test_is_one_in_a_test_that_goes_on(
        self, migrated_to: Callable[[str], Outcome], migration_test: MigrationTest, migration_folder: Any
    ) -> None:
        """Forward and back, over the tables that the test made."""
        for number in (1, 2):
            text = f"def {{}}(ctx):\n    ctx.dynamodb.put_item(TableName=ctx.tables['t'], Item={{{{'id': {{{{'S': '{number}{{}}'}}}}}}}})\n"
            write_file(migration_folder, text.format("do", "") + text.format("undo", "u"), f"{number}_put.py")
        migration_test.make_table("t", key="id")
        migration_test.tables["t"] = migration_test.make_table("table", key="id")
        assert migrated_to("2").applied == ("1", "2")
        assert migrated_to("1").undone == ("2",)
        assert [one["id"] for one in migration_test.items("table")] == ["1", "2", "2u"]


class TestFences:
    """A function that has its transactions fenced by the run's lock needs that in DynamoDB."""

    @pytest.fixture
    def migration_state(self, migration_dynamodb: "DynamoDBClient") -> Callable[[], Target]:
        return lambda: DynamoDBTarget(migration_dynamodb, table_name="state", lock_table_name="state-lock")

    @pytest.mark.usefixtures("orders")
    def test_are_there_where_the_state_is(self, migration_test: MigrationTest, write: Write) -> None:
        """The state's own requests are none of the migration's."""
        write("""
def do(ctx):
    for order in ctx.dynamodb.scan(TableName="orders")["Items"]:
        update = {
            "TableName": "orders",
            "Key": {"orderId": order["orderId"]},
            "UpdateExpression": "SET seen = :yes",
            "ConditionExpression": "attribute_exists(orderId)",
            "ExpressionAttributeValues": {":yes": {"BOOL": True}},
        }
        ctx.dynamodb.transact_write_items(TransactItems=[{"Update": update}, ctx.lock_condition()])
""")
        migration_test.assert_repeatable(ID)
        migration_test.assert_survives_crashes(ID)
        migration_test.do(ID)
        assert [one["seen"] for one in migration_test.items("orders")] == [True, True]


class TestEndpoint:
    """A server, where moto can't judge."""

    @pytest.fixture
    def project(self, pytester: pytest.Pytester) -> pytest.Pytester:
        write_file(pytester.path / "migrations", GOOD_BACKFILL)
        write_file(pytester.path / "migrations", GOOD_FUNCTION, "20261124090000_add_status_too.py")
        pytester.makepyfile(f"""
            import pytest

            @pytest.mark.parametrize("migration", ["{ID}", "20261124090000"])
            def test_it(migration_test, migration):
                migration_test.make_table(
                    "orders",
                    key=("orderId", "n"),
                    items=[{{"orderId": "1", "n": 1, "note": "a"}}, {{"orderId": "1", "n": 2, "status": "OLD"}}],
                ) if migration == "{ID}" else migration_test.make_table(
                    "orders", key="orderId", items=[{{"orderId": "1", "note": "a"}}]
                )
                before = migration_test.items("orders")
                migration_test.assert_repeatable(migration)
                migration_test.assert_undone(migration)
                migration_test.assert_survives_crashes(migration)
                migration_test.assert_loses_no_write(migration)
                assert migration_test.items("orders") == before
        """)
        return pytester

    @pytest.mark.ministack
    @pytest.mark.slow
    def test_judges_all_that_it_has(self, project: pytest.Pytester, aws: LocalAws) -> None:
        """Backfills in PartiQL, and nothing is left there."""
        since = aws.mark()
        done = project.runpytest_inprocess("--dynamigrate-endpoint", aws.endpoint_url)
        done.assert_outcomes(passed=2)
        assert "BatchExecuteStatement" in aws.dynamodb_requests(since=since, sender="other")

    @pytest.mark.ministack
    def test_finds_faults_too(self, pytester: pytest.Pytester, aws: LocalAws) -> None:
        """A backfill that does again what was done: the request at which it is killed is one in PartiQL."""
        write_file(
            pytester.path / "migrations",
            "from dynamigrate import Backfill, Update\n"
            "do = Backfill(table='orders', transform=lambda item, ctx: Update(set={'n': item['n'] + 1}))\n",
        )
        pytester.makepyfile(f"""
            def test_it(migration_test):
                migration_test.make_table("orders", key="orderId", items=[{{"orderId": "1001", "n": 1}}])
                migration_test.assert_survives_crashes("{ID}")
        """)
        done = pytester.runpytest_inprocess("--dynamigrate-endpoint", aws.endpoint_url)
        done.assert_outcomes(failed=1)
        done.stdout.fnmatch_lines(
            ["*killed right after request * (BatchExecuteStatement to orders) of *", "*n should be 2, is 3"]
        )

    @pytest.mark.ministack
    @pytest.mark.slow
    def test_may_be_the_embedded_aws(self, project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        """Which is started for the session."""
        monkeypatch.setenv("DYNAMIGRATE_EMBEDDED_AWS_PYTHON", str(PROJECT / ".emulator/bin/python"))
        done = project.runpytest_inprocess("--dynamigrate-endpoint", "embedded", "-k", ID)
        done.assert_outcomes(passed=1, deselected=1)

    def test_says_why_the_embedded_aws_does_not_start(
        self, project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without a trace of the plugin."""
        monkeypatch.setenv("DYNAMIGRATE_EMBEDDED_AWS_PYTHON", str(project.path / "python"))
        done = project.runpytest_inprocess("--dynamigrate-endpoint", "embedded", "-k", ID)
        done.assert_outcomes(errors=1, deselected=1)
        done.stdout.fnmatch_lines(
            [f"*--dynamigrate-endpoint embedded: it does not start: {project.path}/python is missing*"]
        )

    @pytest.mark.parametrize(
        ("endpoint", "said"),
        [
            ("https://dynamodb.eu-west-1.amazonaws.com", "so they run on a stand-in*and never on AWS"),
            ("http://127.0.0.1:1", "no DynamoDB answers there: Could not connect"),
            ("localhost", "so they run on a stand-in"),
        ],
    )
    def test_has_to_be_one(self, project: pytest.Pytester, endpoint: str, said: str) -> None:
        """No test makes and deletes tables in an account."""
        done = project.runpytest_inprocess("--dynamigrate-endpoint", endpoint, "-k", ID)
        done.assert_outcomes(errors=1, deselected=1)
        done.stdout.fnmatch_lines([f"*--dynamigrate-endpoint {endpoint}: *{said}*"])

    @pytest.mark.ministack
    @pytest.mark.slow
    def test_may_be_shared_by_processes(self, project: pytest.Pytester, aws: LocalAws) -> None:
        """Where it tells accounts apart: each test has its own."""
        done = project.runpytest_subprocess("-n", "2", "--dynamigrate-endpoint", aws.endpoint_url)
        done.assert_outcomes(passed=2)

    def test_is_not_shared_by_processes_where_that_can_not_be(
        self, project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, aws: LocalAws
    ) -> None:
        """They would make each other's tables."""
        monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
        monkeypatch.setattr("dynamigrate_pytest.stand_ins._account", lambda: "000000000000")
        done = project.runpytest_inprocess("--dynamigrate-endpoint", aws.endpoint_url)
        done.assert_outcomes(errors=2)
        done.stdout.fnmatch_lines(["*this server has one database for all, and the processes of pytest-xdist would*"])
        assert not [name for name in aws.client("dynamodb").list_tables()["TableNames"] if "probe" in name]
