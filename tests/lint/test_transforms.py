"""What is found in transforms, and what is left alone: shapes that people write."""

from pathlib import Path

import pytest

from tests.lint.folders import NAME, codes, found_in

_IMPORTS = "from boto3.dynamodb.conditions import Attr\nfrom dynamigrate import Backfill, Delete, Put, Update\n"


def backfill(transform: str, options: str = "") -> str:
    return f'{_IMPORTS}\n\n{transform}\n\ndo = Backfill(table="orders", transform=change{options})\n'


IN_PLACE = {
    "assigned": 'def change(item, ctx):\n    item["status"] = "NEW"\n    return Put(item)\n',
    "deleted": 'def change(item, ctx):\n    del item["old"]\n    return Put(item)\n',
    "added to": 'def change(item, ctx):\n    item["count"] += 1\n    return Put(item)\n',
    "popped": 'def change(item, ctx):\n    old = item.pop("old")\n    return Update(set={"new": old})\n',
    "set by default": 'def change(item, ctx):\n    item.setdefault("status", "NEW")\n    return Put(item)\n',
    "under another name": 'def change(item, ctx):\n    order = item\n    order["a"] = 1\n    return Put(order)\n',
    "in a helper": (
        "def fix(order):\n    order.update(status='NEW')\n    return order\n\n\n"
        "def change(item, ctx):\n    return Put(fix(item))\n"
    ),
    "inside of it": 'def change(item, ctx):\n    item["address"]["city"] = "Berlin"\n    return Update(set={"moved": True})\n',
    "a list in it": 'def change(item, ctx):\n    item["lines"].append("gift")\n    return Update(set={"n": 1})\n',
}
NOT_IN_PLACE = {
    "a copy": 'def change(item, ctx):\n    new = dict(item)\n    new["status"] = "NEW"\n    return Put(new)\n',
    "the name of a copy": 'def change(item, ctx):\n    item = dict(item)\n    item["a"] = item.pop("b")\n    return Put(item)\n',
    "a union": 'def change(item, ctx):\n    new = item | {"status": "NEW"}\n    new.pop("old", None)\n    return Put(new)\n',
    "a list that is returned": (
        'def change(item, ctx):\n    lines = item.get("lines", [])\n    if "gift" not in lines:\n'
        '        lines.append("gift")\n        return Update(set={"lines": lines})\n'
    ),
    "what is in it, returned": (
        'def change(item, ctx):\n    if item["address"].get("country") is None:\n'
        '        item["address"]["country"] = "DE"\n        return Update(set={"address": item["address"]})\n'
    ),
    "another dict": 'def change(item, ctx):\n    new = {}\n    new["a"] = item["b"]\n    return Update(set=new)\n',
}


@pytest.mark.parametrize("transform", IN_PLACE.values(), ids=IN_PLACE)
def test_a_change_in_place_is_found(transform: str, tmp_path: Path) -> None:
    """Once, with the line."""
    assert codes(tmp_path, backfill(transform), ignore=("DYN202",)) == ["DYN201"]


@pytest.mark.parametrize("transform", NOT_IN_PLACE.values(), ids=NOT_IN_PLACE)
def test_a_change_of_something_else_is_none(transform: str, tmp_path: Path) -> None:
    """A copy, another dict, or what is returned whole."""
    assert codes(tmp_path, backfill(transform)) == []


UNSETTLED = {
    "a product": ('def change(item, ctx):\n    return Update(set={"price": item["price"] * 100})\n', ""),
    "a product where there is one": (
        (
            'def change(item, ctx):\n    price = item.get("price")\n    if price is not None:\n'
            '        return Update(set={"price": price * 100})\n'
        ),
        "",
    ),
    "a product by way of a name": (
        'def change(item, ctx):\n    cents = int(item["price"] * 100)\n    return Update(set={"price": cents})\n',
        "",
    ),
    "a count": ('def change(item, ctx):\n    return Update(set={"views": item.get("views", 0) + 1})\n', ""),
    "a prefix": ('def change(item, ctx):\n    return Update(set={"ref": f"ORDER#{item[\'ref\']}"})\n', ""),
    "a longer list": ('def change(item, ctx):\n    return Update(set={"tags": [*item["tags"], "new"]})\n', ""),
    "a list that is appended to": (
        'def change(item, ctx):\n    tags = item["tags"]\n    tags.append("new")\n    return Update(set={"tags": tags})\n',
        "",
    ),
    "values in a list": (
        (
            'def change(item, ctx):\n    lines = [{**one, "price": one["price"] * 100} for one in item["lines"]]\n'
            '    return Update(set={"lines": lines})\n'
        ),
        "",
    ),
    "in a helper": (
        (
            'def cents(order):\n    return Update(set={"price": order["price"] * 100})\n\n\n'
            "def change(item, ctx):\n    return cents(item)\n"
        ),
        "",
    ),
    "a filter that is true ever after": (
        'def change(item, ctx):\n    return Update(set={"price": item["price"] * 100})\n',
        ', filter=Attr("price").exists()',
    ),
    "another attribute is looked at": (
        'def change(item, ctx):\n    if item["type"] == "order":\n        return Update(set={"price": item["price"] * 100})\n',
        "",
    ),
    "moved without a look": (
        'def change(item, ctx):\n    return Update(set={"new": item.get("old")}, remove=["old"])\n',
        "",
    ),
    "kept beside what it was": (
        'def change(item, ctx):\n    return Update(set={"isVerified": True, "was": item["isVerified"]})\n',
        "",
    ),
    "one value everywhere": ('def change(item, ctx):\n    return Update(set={"status": "NEW"})\n', ""),
    "a value in a map": (
        'def change(item, ctx):\n    return Update(set={"sum": {**item["sum"], "net": item["sum"]["net"] * 100}})\n',
        "",
    ),
    "turned round": ('def change(item, ctx):\n    return Update(set={"active": not item["active"]})\n', ""),
    "in a copy": (
        'def change(item, ctx):\n    return Put({**item, "version": item["version"] + 1})\n',
        "",
    ),
}
SETTLED = {
    "it looks for what it sets": (
        'def change(item, ctx):\n    if "cents" not in item:\n        return Update(set={"cents": item["price"] * 100})\n',
        "",
    ),
    "it looks at a mark": (
        'def change(item, ctx):\n    if item.get("v") != 2:\n        return Update(set={"price": item["price"] * 100, "v": 2})\n',
        "",
    ),
    "it looks at the prefix": (
        (
            'def change(item, ctx):\n    if not item["ref"].startswith("ORDER#"):\n'
            '        return Update(set={"ref": f"ORDER#{item[\'ref\']}"})\n'
        ),
        "",
    ),
    "it looks at the type": (
        (
            'def change(item, ctx):\n    if isinstance(item["price"], str):\n'
            '        return Update(set={"price": Decimal(item["price"]) * 100})\n'
        ),
        "",
    ),
    "it looks for what it takes away": (
        'def change(item, ctx):\n    if "old" in item:\n        return Update(set={"new": item["old"]}, remove=["old"])\n',
        "",
    ),
    "it looks by a name": (
        (
            'WORDS = {"N": "NEW"}\n\n\ndef change(item, ctx):\n    old = item.get("status")\n'
            '    return Update(set={"status": WORDS[old]}) if old in WORDS else None\n'
        ),
        "",
    ),
    "it returns early": (
        (
            'def change(item, ctx):\n    if "cents" in item:\n        return None\n'
            '    return Update(set={"cents": item["price"] * 100, "price": item["price"] + 0})\n'
        ),
        "",
    ),
    "it says once": ('def change(item, ctx):\n    return Update(set={"price": item["price"] * 100})\n', ", once=True"),
    "a filter looks": (
        'def change(item, ctx):\n    return Update(set={"status": "NEW"})\n',
        ', filter=Attr("status").not_exists()',
    ),
    "a filter of text looks": (
        'def change(item, ctx):\n    return Update(set={"cents": item["price"] * 100})\n',
        ', filter="attribute_not_exists(#cents)"',
    ),
    "when looks": (
        'def change(item, ctx):\n    return Update(set={"status": "NEW"}, when={"status": Update.ABSENT})\n',
        "",
    ),
    "made from another": ('def change(item, ctx):\n    return Update(set={"search": item["name"].lower()})\n', ""),
    "made from one that is made the same": (
        (
            'def change(item, ctx):\n    name = item["name"].strip()\n'
            '    return Update(set={"name": name, "search": name.lower()})\n'
        ),
        "",
    ),
    "made the same": ('def change(item, ctx):\n    return Update(set={"name": item["name"].strip()})\n', ""),
    "made from others in a map": (
        (
            'def change(item, ctx):\n    sums = item["sum"]\n'
            '    return Update(set={"sum": {**sums, "all": sums["net"] + sums.get("tax", 0)}})\n'
        ),
        "",
    ),
    "an index has those that are to be done": (
        'def change(item, ctx):\n    return Update(set={"status": "NEW"})\n',
        ', index="without-status"',
    ),
    "a sum of others": ('def change(item, ctx):\n    return Update(set={"sum": item["a"] + item["b"]})\n', ""),
    "taken away": ('def change(item, ctx):\n    return Update(remove=["old"])\n', ""),
    "copied elsewhere": ('def change(item, ctx):\n    return [Put(dict(item), table="copies")]\n', ""),
    "moved to another key": (
        (
            'def change(item, ctx):\n    if item["id"].startswith("a"):\n'
            '        return [Put({**item, "id": f"b{item[\'id\']}"}), Delete()]\n'
        ),
        "",
    ),
    "match": (
        (
            'def change(item, ctx):\n    match item:\n        case {"price": str() as price}:\n'
            '            return Update(set={"price": int(price) * 100})\n'
        ),
        "",
    ),
    "handed to what is not here": (
        (
            "from rules import is_done\n\n\ndef change(item, ctx):\n    if not is_done(item):\n"
            '        return Update(set={"price": item["price"] * 100})\n'
        ),
        "",
    ),
    "a dict that is filled": (
        'def change(item, ctx):\n    new = {}\n    if "a" not in item:\n        new["a"] = 1\n    return Update(set=new)\n',
        "",
    ),
    "a constant's name": (
        'STATUS = "status"\n\n\ndef change(item, ctx):\n    if STATUS not in item:\n        return Update(set={STATUS: "NEW"})\n',
        "",
    ),
}


@pytest.mark.parametrize(("transform", "options"), UNSETTLED.values(), ids=UNSETTLED)
def test_a_transform_that_can_not_tell_what_is_done_is_found(transform: str, options: str, tmp_path: Path) -> None:
    """It would change an item each time that it is asked."""
    assert set(codes(tmp_path, backfill(transform, options))) == {"DYN202"}


@pytest.mark.parametrize(("transform", "options"), SETTLED.values(), ids=SETTLED)
def test_a_transform_that_settles_is_left_alone(transform: str, options: str, tmp_path: Path) -> None:
    """It looks first, or comes to the same value, or is called once."""
    assert codes(tmp_path, backfill(transform, options)) == []


OUTSIDE = {
    "requests": "import requests\n\n\ndef change(item, ctx):\n    requests.post('https://example.com', json=dict(item))\n",
    "a file": "def change(item, ctx):\n    with open('names.csv') as names:\n        return None\n",
    "a path": "from pathlib import Path\n\n\ndef change(item, ctx):\n    Path('a').write_text(item['id'])\n",
    "a process": "import subprocess\n\n\ndef change(item, ctx):\n    subprocess.run(['echo', item['id']])\n",
    "a client": "import boto3\n\n\ndef change(item, ctx):\n    boto3.client('sns').publish(Message=item['id'])\n",
    "a write": "def change(item, ctx):\n    ctx.dynamodb.put_item(TableName='t', Item={})\n",
    "in a helper's file": "from ._names import look\n\n\ndef change(item, ctx):\n    look(item)\n",
    "by a helper's name": "from . import _names\n\n\ndef change(item, ctx):\n    _names.look(item)\n",
}
INSIDE = {
    "a read of another item": (
        "def change(item, ctx):\n    found = ctx.dynamodb.get_item(TableName='t', Key={'id': {'S': item['id']}})\n"
        "    if 'a' not in item:\n        return Update(set={'a': found['Item']['a']['S']})\n"
    ),
    "a file at import": (
        "from pathlib import Path\n\nNAMES = Path('names.csv').read_text()\n\n\n"
        "def change(item, ctx):\n    if 'a' not in item:\n        return Update(set={'a': NAMES})\n"
    ),
    "a file that is read once": (
        "from functools import cache\n\n\n@cache\ndef names():\n    return open('names.csv').read()\n\n\n"
        "def change(item, ctx):\n    if 'a' not in item:\n        return Update(set={'a': names()})\n"
    ),
    "a name of the item's own": (
        "def change(item, ctx):\n    requests = item.get('requests')\n    if requests.get('a') != 1:\n"
        "        return Update(set={'requests': {'a': 1}})\n"
    ),
}


@pytest.mark.parametrize("transform", OUTSIDE.values(), ids=OUTSIDE)
def test_a_transform_that_goes_outside_is_found(transform: str, tmp_path: Path) -> None:
    """By way of the folder's other files, too."""
    helpers = {"_names.py": "def look(item):\n    return open('names.csv').read()\n"}
    assert codes(tmp_path, backfill(transform), helpers=helpers) == ["DYN203"]


@pytest.mark.parametrize("transform", INSIDE.values(), ids=INSIDE)
def test_a_transform_that_stays_inside_is_left_alone(transform: str, tmp_path: Path) -> None:
    """A read of another item, and of a file once, is none of it."""
    assert codes(tmp_path, backfill(transform)) == []


def test_a_client_of_the_file_is_one_too(tmp_path: Path) -> None:
    """It is found where it is made and where it is used, on an import or another."""
    source = "import boto3\n\nqueue = boto3.client('sqs')\n\n\ndef change(item, ctx):\n    queue.send_message(MessageBody='')\n"
    assert codes(tmp_path, backfill(source)) == ["DYN107", "DYN203"]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('return Update(set={"at": str(now())})', ["DYN204"]),
        ('if "at" not in item:\n        return Update(set={"at": str(now())})', []),
        ('ctx.logger.info("at %s", now())\n    return Update(remove=["old"])', []),
        ('if item["expires"] < now():\n        return Update(remove=["token"])', ["DYN204"]),
    ],
)
def test_the_clock_in_a_transform_is_found_where_it_would_never_settle(
    body: str, found: list[str], tmp_path: Path
) -> None:
    """Not where it is set once, nor where it is only logged."""
    clock = "from time import time as now\n\n\n"
    assert codes(tmp_path, backfill(f"{clock}def change(item, ctx):\n    {body}\n")) == found


def test_a_transform_may_stand_anywhere_in_the_folder(tmp_path: Path) -> None:
    """In a helper, in a partial, as a lambda: it is found at its own line."""
    helper = 'from dynamigrate import Update\n\n\ndef grow(item, ctx):\n    return Update(set={"n": item["n"] + 1})\n'
    source = (
        "from functools import partial\n\nfrom dynamigrate import Backfill as Job, Update\n\nfrom ._grow import grow\n\n"
        'do = Job(table="orders", transform=partial(grow))\n'
        'undo = Job("orders", lambda item, ctx: Update(set={"n": item["n"] - 1}))\n'
    )
    found = found_in(tmp_path, source, helpers={"_grow.py": helper})
    assert [(one.path.name, one.line, one.code) for one in found] == [
        (NAME, 8, "DYN202"),
        ("_grow.py", 5, "DYN202"),
    ]


@pytest.mark.parametrize(
    ("given", "body", "found"),
    [
        ("partial(change, {})", 'item["n"] = 1\n    return Put(item)', ["DYN201"]),
        ("partial(change, {})", 'return Update(set={"n": item["n"] + 1})', ["DYN202"]),
        ("partial(change, {})", 'seen["n"] = item["id"]\n    return None', []),
        ("partial(change, *[{}])", 'seen["n"] = item["id"]\n    return None', []),
        ("partial(change, seen={})", 'seen["n"] = item["id"]\n    return None', []),
    ],
)
def test_a_partial_moves_the_item_to_its_place(tmp_path: Path, given: str, body: str, found: list[str]) -> None:
    """What it gives itself is not the item, and may be changed."""
    parameters = "item, seen" if "seen=" in given else "seen, item"
    transform = f"def change({parameters}):\n    {body}\n"
    source = f'from functools import partial\n{_IMPORTS}\n\n{transform}\n\ndo = Backfill("orders", {given})\n'
    assert codes(tmp_path, source) == found


def test_of_a_migration_that_makes_its_backfill_itself_the_transform_is_no_step(tmp_path: Path) -> None:
    """What it does is judged as a transform, and not as what runs once."""
    source = (
        'from dynamigrate import Backfill, Update\n\n\ndef change(item, ctx):\n    if "a" not in item:\n'
        '        return Update(set={"a": 1})\n\n\ndef do(ctx):\n    Backfill(table="orders", transform=change)(ctx)\n'
    )
    assert codes(tmp_path, source) == []
