"""What is found in ``do``, ``undo`` and ``check``, and what is left alone: shapes that people write."""

from pathlib import Path

import pytest

from dynamigrate_lint import lint
from tests.lint.folders import NAME, codes, found_in, write


def do(body: str, before: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{before}\n\n\ndef do(ctx):\n{lines}"


_CLOCK = "import time\nfrom datetime import UTC, datetime, timedelta\nfrom uuid import uuid4\n"
_WRITE = 'ctx.dynamodb.update_item(TableName="t", Key={}, ExpressionAttributeValues={":v": '


@pytest.mark.parametrize(
    "body",
    [
        f'{_WRITE}{{"S": str(uuid4())}}}})',
        (
            'ctx.dynamodb.put_item(TableName="t", Item={"id": {"S": str(uuid4())}},'
            ' ConditionExpression="attribute_not_exists(id)")'
        ),
        f'{_WRITE}{{"profileCreatedAt": {{"S": str(datetime.now(UTC))}}}}}})',
        f'now = datetime.now(UTC)\n{_WRITE}{{"S": now.isoformat()}}}})',
        f'item = {{}}\nitem["createdAt"] = {{"N": str(int(time.time()))}}\n{_WRITE}item}})',
        f'{_WRITE}{{"N": str(int((datetime.now(UTC) - timedelta(days=1)).timestamp()))}}}})',
        'made = time.strftime("%Y")\nctx.dynamodb.delete_item(TableName="t", Key={"year": {"S": made}})',
        "import random\nctx.dynamodb.delete_item(TableName='t', Key={'n': {'N': str(random.random())}})",
        "import secrets as s\nctx.dynamodb.delete_item(TableName='t', Key={'n': {'S': s.token_hex()}})",
    ],
)
def test_a_value_that_is_another_one_each_time_is_found(body: str, tmp_path: Path) -> None:
    """Under whatever name it was imported."""
    assert codes(tmp_path, do(body, _CLOCK)) == ["DYN101"]


@pytest.mark.parametrize(
    "body",
    [
        'begun = time.time()\nctx.logger.info("it took %s", time.time() - begun)',
        "begun = time.monotonic()\nwhile time.monotonic() < begun + 5:\n    time.sleep(0.1)",
        "end = time.time() + 60\nwhile time.time() < end:\n    time.sleep(1)",
        'print(f"{datetime.now(UTC)}: begun")',
        "import random\ntime.sleep(random.uniform(0, 1))",
        f'{_WRITE}{{"updatedAt": {{"S": datetime.now(UTC).isoformat()}}}}}})',
        'migrated_at = datetime.now(UTC)\nctx.dynamodb.delete_item(TableName="t", Key={"at": str(migrated_at)})',
        "ctx.dynamodb.transact_write_items(TransactItems=[], ClientRequestToken=str(uuid4()))",
        (
            'ctx.dynamodb.update_item(TableName="t", Key={}, UpdateExpression="SET a = if_not_exists(a, :v)",'
            ' ExpressionAttributeValues={":v": {"S": str(uuid4())}})'
        ),
        "import random\nshuffled = random.Random(7)",
    ],
)
def test_a_time_that_is_only_told_or_compared_is_left_alone(body: str, tmp_path: Path) -> None:
    """What is measured, waited for or logged, and a stamp of when it was done."""
    assert codes(tmp_path, do(body, _CLOCK)) == []


@pytest.mark.parametrize(
    "body",
    [
        'for page in ctx.dynamodb.get_paginator("scan").paginate(TableName="t"):\n    print(page)',
        'pages = ctx.dynamodb.get_paginator("scan")\nfor page in pages.paginate(TableName="t"):\n    print(page)',
        'for page in ctx.dynamodb.get_paginator("query").paginate(TableName="t"):\n    print(page)',
        (
            'page = table.scan()\nwhile "LastEvaluatedKey" in page:\n'
            '    page = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])'
        ),
        (
            'given = {}\nwhile True:\n    page = table.scan(**given)\n    if not page.get("LastEvaluatedKey"):\n        break\n'
            '    given["ExclusiveStartKey"] = page["LastEvaluatedKey"]'
        ),
    ],
)
def test_a_scan_of_everything_is_found_once(body: str, tmp_path: Path) -> None:
    """Though it may be written as two calls."""
    assert codes(tmp_path, do(body)) == ["DYN102"]


@pytest.mark.parametrize(
    "body",
    [
        (
            'pages = ctx.dynamodb.get_paginator("scan")\nfor page in pages.paginate(PaginationConfig={"MaxItems": 10}):\n'
            "    print(page)"
        ),
        'for page in ctx.dynamodb.get_paginator("list_tables").paginate():\n    print(page)',
        'found = ctx.dynamodb.scan(TableName="t", Limit=1)["Items"]',
        'for page in ctx.dynamodb.get_paginator("scan").paginate(TableName="t"):\n    ctx.checkpoint.save(page)',
        "scanner.scan(text)",
        "given = {}\nctx.dynamodb.scan(**given)",
    ],
)
def test_a_scan_with_an_end_is_left_alone(body: str, tmp_path: Path) -> None:
    """By a limit, by checkpoints, or as far as can be told."""
    assert codes(tmp_path, do(body)) == []


def test_a_scan_in_a_helper_is_found_there_once_for_all_that_call_it(tmp_path: Path) -> None:
    """And not in a helper that nobody calls."""
    scan = 'def {}(ctx):\n    for page in ctx.dynamodb.get_paginator("scan").paginate(TableName="t"):\n        yield page\n'
    use = "from ._pages import pages\n\n\ndef do(ctx):\n    for page in pages(ctx):\n        print(page)\n"
    files = {
        NAME: use,
        "20261124090000_again.py": use,
        "_pages.py": scan.format("pages") + "\n\n" + scan.format("others"),
    }
    found = lint(write(tmp_path, files))
    assert [(one.path.name, one.line, one.code) for one in found] == [("_pages.py", 2, "DYN102")]


@pytest.mark.parametrize(
    "body",
    [
        'table.put_item(Item={"id": "a"})',
        'with table.batch_writer() as batch:\n    batch.put_item(Item={"id": "a"})',
        'ctx.dynamodb.batch_write_item(RequestItems={"t": [{"PutRequest": {"Item": {}}}]})',
        'ctx.dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": {}}}])',
    ],
)
def test_a_put_over_whatever_is_there_is_found(body: str, tmp_path: Path) -> None:
    """By a client, by a resource, in a batch, in a transaction."""
    assert codes(tmp_path, do(body)) == ["DYN103"]


@pytest.mark.parametrize(
    "body",
    [
        'table.put_item(Item={"id": "a"}, ConditionExpression="attribute_not_exists(id)")',
        "given = {}\ntable.put_item(**given)",
        'with table.batch_writer() as batch:\n    batch.delete_item(Key={"id": "a"})',
        'ctx.dynamodb.batch_write_item(RequestItems={"t": [{"DeleteRequest": {"Key": {}}}]})',
        (
            'made = ctx.dynamodb.create_table(TableName=ctx.params["t"])\n'
            'ctx.dynamodb.put_item(TableName=ctx.params["t"], Item={})'
        ),
        'plans = resource.create_table(TableName="plans")\nplans.put_item(Item={})',
        (
            'put = {"TableName": "t", "Item": {}, "ConditionExpression": "attribute_not_exists(id)"}\n'
            'ctx.dynamodb.transact_write_items(TransactItems=[{"Put": put}])'
        ),
    ],
)
def test_a_put_under_a_condition_or_into_a_new_table_is_left_alone(body: str, tmp_path: Path) -> None:
    """So are deletions, and what can not be told from the text."""
    assert codes(tmp_path, do(body)) == []


@pytest.mark.parametrize("call", ['ctx.dynamodb.delete_table(TableName="t")', 'resource.Table("t").delete()'])
def test_an_undo_may_delete_the_table_that_its_do_made_and_nothing_else_may(call: str, tmp_path: Path) -> None:
    """By whichever call."""
    undo = f"\n\ndef undo(ctx):\n    {call}\n"
    assert codes(tmp_path, do('ctx.dynamodb.create_table(TableName="t")') + undo) == []
    assert codes(tmp_path, do("pass") + undo) == ["DYN104"]
    assert codes(tmp_path, do(call)) == ["DYN104"]


_SAVE = "ctx.checkpoint.save(1)"
_DELETE = 'ctx.dynamodb.delete_item(TableName="t", Key={})'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"try:\n    {_SAVE}\nexcept:\n    pass", ["DYN106"]),
        (f"try:\n    {_SAVE}\nexcept BaseException:\n    print()", ["DYN106"]),
        (f"try:\n    {_DELETE}\nexcept (KeyError, Exception) as error:\n    ctx.logger.error(error)", ["DYN106"]),
        (f"from dynamigrate import MigrationsError\ntry:\n    {_SAVE}\nexcept MigrationsError:\n    pass", ["DYN106"]),
        (f"from contextlib import suppress\nwith suppress(Exception):\n    {_DELETE}", ["DYN106"]),
        ("try:\n    helper(ctx)\nexcept Exception:\n    pass", ["DYN106"]),
        (
            f"errors = []\ntry:\n    {_SAVE}\nexcept Exception as e:\n    errors.append(e)\nif errors:\n    raise errors[0]",
            ["DYN106"],
        ),
        (
            f"errors = []\ntry:\n    {_DELETE}\nexcept Exception as e:\n    errors.append(e)\nif errors:\n    raise errors[0]",
            [],
        ),
        (f"try:\n    {_SAVE}\nexcept Exception:\n    print()\n    raise", []),
        (f"import sys\ntry:\n    {_SAVE}\nexcept Exception:\n    sys.exit(1)", []),
        (
            f"from dynamigrate import StopRequested\ntry:\n    {_SAVE}\nexcept StopRequested:\n    raise\nexcept Exception:\n    print()",
            [],
        ),
        ('try:\n    n = int("a")\nexcept Exception:\n    n = 0', []),
        (f"try:\n    {_DELETE}\nexcept ctx.dynamodb.exceptions.ConditionalCheckFailedException:\n    pass", []),
        (f"try:\n    {_DELETE}\nexcept ClientError:\n    pass", ["DYN110"]),
        (
            f"try:\n    {_DELETE}\nexcept ClientError as e:\n    if e.response['Error']['Code'] != 'X':\n        raise",
            [],
        ),
        (f"try:\n    {_DELETE}\nexcept ClientError as e:\n    raise RuntimeError from e", []),
    ],
)
def test_an_except_that_keeps_the_end_of_the_run_to_itself_is_found(
    body: str, found: list[str], tmp_path: Path
) -> None:
    """Around what raises that; one that passes it on, or is around something else, is left alone."""
    helper = "def helper(ctx):\n    ctx.checkpoint.save(1)\n"
    assert codes(tmp_path, do(body, helper)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import boto3\nclient = boto3.client('s3')\n", ["DYN107"]),
        ("from boto3 import resource as r\ntable = r('dynamodb').Table('t')\n", ["DYN107"]),
        ("import boto3\nclient = boto3.Session().client('s3')\n", ["DYN107"]),
        ("import boto3\n\n\nclass Store:\n    client = boto3.client('s3')\n", ["DYN107"]),
        ("import boto3\n\n\ndef store(client=boto3.client('s3')):\n    return client\n", ["DYN107"]),
        ("import boto3\n\n\ndef store():\n    return boto3.client('s3')\n", []),
        ("import boto3\n\nif __name__ == '__main__':\n    boto3.client('s3')\n", []),
        ("from boto3.dynamodb.conditions import Attr\n\nNEW = Attr('status').eq('NEW')\n", []),
    ],
)
def test_a_client_that_is_made_at_import_is_found(source: str, found: list[str], tmp_path: Path) -> None:
    """Also in what a function is given unless told otherwise; not where a function makes it."""
    assert codes(tmp_path, do("pass", source)) == found


def test_a_table_is_unknown_where_the_names_are_known(tmp_path: Path) -> None:
    """The message has those that there are; where none are known, nothing is found."""
    source = do('ctx.tables["oders"], ctx.tables["orders"], ctx.tables.get("others")')
    [finding] = found_in(tmp_path, source, tables={"orders": "Data-Orders-1", "customers": "Data-Customers-1"})
    assert (finding.code, finding.line, finding.column) == ("DYN108", 5, 5)
    assert finding.message == "do asks for ctx.tables['oders'], which is not given; there is customers, orders."
    assert found_in(tmp_path, source) == ()
    [*_, last] = found_in(tmp_path, source, tables={})
    assert last.message == "do asks for ctx.tables['orders'], which is not given; there is none."


def test_a_table_s_name_may_be_a_constant_of_the_folder(tmp_path: Path) -> None:
    """What can not be told from the text is left alone."""
    source = do(
        "ctx.tables[ORDERS], ctx.tables[CUSTOMERS], ctx.tables[name]",
        "from ._names import *\nfrom ._names import ORDERS",
    )
    helpers = {"_names.py": 'ORDERS = "oders"\nCUSTOMERS = "customers"\n'}
    [finding] = found_in(tmp_path, source, helpers=helpers, tables={"orders": ""})
    assert finding.message == "do asks for ctx.tables['oders'], which is not given; there is orders."
