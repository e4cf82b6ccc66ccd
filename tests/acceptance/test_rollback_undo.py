"""
`on_rollback="undo"`: another resource fails after the migrations passed, and what they did is undone.

IAM is enforced, so that a grant which the rollback had already taken back would show.
"""

import pytest

from dynamigrate_local_aws import CdkResult, LocalAws
from tests.acceptance.sibling import Sibling, guarded_app

pytestmark = pytest.mark.acceptance

_PUT = """
def do(ctx):
    ctx.dynamodb.put_item(TableName=ctx.tables["{table}"], Item={{"id": {{"S": "{item}"}}}})
"""
_TAKE = """

def undo(ctx):
    ctx.dynamodb.delete_item(TableName=ctx.tables["{table}"], Key={{"id": {{"S": "{item}"}}}})
"""


def _code(item: str, *, table: str = "things", undo: bool = True) -> str:
    return (_PUT + (_TAKE if undo else "")).format(table=table, item=item)


class Undoing(Sibling):
    """A stack whose rollback undoes what its deploy applied."""

    def deploy(self, **context: str) -> CdkResult:
        return self.cdk("deploy", on_rollback="undo", **context)

    @property
    def things(self) -> set[str]:
        items = self.aws.client("dynamodb").scan(TableName=self.output("ThingsTable"))["Items"]
        return {item["id"]["S"] for item in items}

    @property
    def versions(self) -> list[str]:
        found = self.aws.client("lambda").list_versions_by_function(FunctionName=self.output("Function"))
        return [version["Version"] for version in found["Versions"]]

    def log(self) -> str:
        return "\n".join(self.aws.function_log(self.output("Function")))


@pytest.fixture(scope="module")
def stack(guarded_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Undoing:
    """Deployed with one migration."""
    stack = Undoing(guarded_aws, tmp_path_factory.mktemp("undoing"), "Undoing", app=guarded_app())
    stack.write("1_first", _code("first"))
    passed = stack.deploy()
    assert passed.ok, passed.output
    assert stack.done() == ("1",)
    return stack


def test_a_rollback_undoes_what_its_deploy_applied(stack: Undoing) -> None:
    """Newest first, with a table and a grant that came with the deploy; what was there before stays."""
    stack.write("2_second", _code("second"))
    stack.write("3_other", _code("other", table="others"))
    assert not stack.deploy(sibling_fails="yes", others="yes").ok
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.done() == ("1",)
    assert stack.things == {"first"}
    newest, before, _ = stack.invoke(action="history")["runs"]
    assert (newest["command"], newest["result"], newest["undone"]) == ("take back", "succeeded", ["3", "2"])
    assert (before["command"], before["applied"]) == ("migrate", ["2", "3"])
    assert newest["deploy_id"] == before["deploy_id"]
    states = {row["id"]: row["state"] for row in stack.invoke(action="status")["migrations"]}
    assert states == {"1": "applied"}, "the function runs its old code again"


def test_the_version_of_the_deploy_is_gone_with_it(stack: Undoing) -> None:
    """One is left, that of the code that was rolled back to."""
    assert len(stack.versions) == 2
    assert stack.versions[0] == "$LATEST"


def test_the_same_code_deploys_after_the_rollback(stack: Undoing) -> None:
    """A version that was kept would make CloudFormation refuse it."""
    passed = stack.deploy(others="yes")
    assert passed.ok, passed.output
    assert stack.done() == ("1", "2", "3")
    assert stack.things == {"first", "second"}


def test_undoing_stops_where_there_is_no_undo_and_says_so(stack: Undoing) -> None:
    """What is older than that stays too, and the rollback goes on all the same."""
    stack.write("4_fourth", _code("fourth"))
    stack.write("5_fifth", _code("fifth", undo=False))
    stack.write("6_sixth", _code("sixth"))
    assert not stack.deploy(sibling_fails="yes", others="yes").ok
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.done() == ("1", "2", "3", "4", "5")
    assert stack.things == {"first", "second", "fourth", "fifth"}
    note = stack.invoke(action="history", n=1)["runs"][0]["note"]
    assert note == "The stack is rolling back. Undone: 6. Still applied: 4_fourth, 5_fifth. 5_fifth has no undo."
    assert "rollback.left" in stack.log()

    passed = stack.deploy(others="yes")
    assert passed.ok, passed.output
    assert stack.done() == ("1", "2", "3", "4", "5", "6")


def test_a_deploy_without_a_new_migration_undoes_nothing(stack: Undoing) -> None:
    """The newest deploy is not the one that applied them; to be recorded, it sends one request more than any other."""
    mark = stack.aws.mark()
    assert not stack.deploy(sibling_fails="yes", others="yes").ok
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.aws.dynamodb_requests(since=mark)[:4] == ["PutItem", "Scan", "PutItem", "DeleteItem"]
    assert stack.done() == ("1", "2", "3", "4", "5", "6")
