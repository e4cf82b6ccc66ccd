"""The checksum of a migration's code: of what it does, not of how it looks."""

import ast
from textwrap import dedent
from typing import Any

import pytest

from dynamigrate.contract.checksum import checksum

CODE = dedent(
    '''
    """Give every order a status."""
    from ._money import cents

    RATE = 0.1
    NAMES = ("a", "b")


    class Order:
        """One order."""

        status: str = "new"


    def do(ctx):
        """Set it."""
        for order in ctx.orders:
            if order.total > cents(RATE) and not order.done:
                ctx.dynamodb.put_item(TableName=f"{ctx.name!r}", Item={"id": order.id, "n": None})


    async def other():
        """Wait."""
        return lambda x: x
    '''
)


def of(code: str) -> str:
    """Its checksum."""
    return checksum(ast.parse(code))


def test_is_short_and_always_the_same() -> None:
    """Thirty-two hexadecimal digits, whose value is stored with every migration: it must not change with a release."""
    assert of("def do(ctx):\n    return 1\n") == "a93b6bdfc4e5a21ef5ef83446195f39d"
    assert of(CODE) == "96f5f536deb7d943df704bb2981da77f"
    assert len(of(CODE)) == 32
    assert int(of(CODE), 16)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 0.1", "RATE = 0.1  # per cent"),
        ("RATE = 0.1", "# the rate\n\n\nRATE   =   0.1"),
        ("RATE = 0.1", "RATE = (\n    0.1\n)"),
        ('NAMES = ("a", "b")', "NAMES = 'a', 'b'"),
        ('"""Give every order a status."""', '"""Give each order its status."""'),
        ('"""Give every order a status."""', ""),
        ('    """Set it."""', "    '''\n    Set it.\n\n    At once.\n    '''"),
        ('    """Set it."""\n', ""),
        ('    """One order."""\n', ""),
        ('    """Wait."""\n', '    "Wait a moment."\n'),
        ("    ", "  "),
        ("\n", "\r\n"),
        ('"new"', 'u"new"'),
    ],
)
def test_does_not_see_how_it_looks(old: str, new: str) -> None:
    """Comments, layout, quotes and docstrings."""
    assert old in CODE
    assert of(CODE.replace(old, new)) == of(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 0.1", "RATE = 0.2"),
        ("RATE = 0.1", "RATE = '0.1'"),
        ("RATE = 0.1", "RATE = 0.1\nRATE"),
        ("RATE", "PRICE"),
        ('("a", "b")', '["a", "b"]'),
        ('("a", "b")', '("b", "a")'),
        ('("a", "b")', '("a",)'),
        ("None", "True"),
        ("None", "0"),
        ("None", "''"),
        (">", ">="),
        ("and", "or"),
        ("not order.done", "order.done"),
        ("!r", "!s"),
        ("!r", ""),
        ("def do(ctx)", "def do(ctx, /)"),
        ("def do(ctx)", "def do(ctx=None)"),
        ("async def", "def"),
        ("lambda x: x", "lambda x: 1"),
        ("lambda x: x", "lambda y: x"),
        ("._money", "._prices"),
        ("._money", ".._money"),
        ("class Order:", "class Order(dict):"),
        ("status: str", "status: int"),
        ('    status: str = "new"', '    status: str = "new"\n    "no docstring"'),
        ("    return lambda", "    'no docstring'\n    return lambda"),
        ("    for order", "    if 1:\n        pass\n    for order"),
    ],
)
def test_sees_what_it_does(old: str, new: str) -> None:
    """Every other change, down to the type of a constant."""
    assert old in CODE
    assert of(CODE.replace(old, new)) != of(CODE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = ''", "x = b''"),
        ("x = 0", "x = None"),
        ("x = 0.0", "x = -0.0"),
    ],
)
def test_tells_constants_apart_that_python_calls_equal(one: str, other: str) -> None:
    """1, 1.0 and True are equal and are not the same in a table."""
    assert of(one) != of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("if a:\n    b\nc", "if a:\n    b\n    c"),
        ("f(a)\nf(b)", "f(a, b)"),
        ("def f():\n    a\nb", "def f():\n    a\n    b"),
        ("if a:\n    b\nelse:\n    c", "if a:\n    b\n    c"),
        ("try:\n    a\nfinally:\n    b", "try:\n    a\nexcept E:\n    b"),
        ("f(a=b)", "f(**{'a': b})"),
        ("[*a]", "[a]"),
        ("x = 'ab'", "x = 'a', 'b'"),
    ],
)
def test_tells_apart_what_has_the_same_words(one: str, other: str) -> None:
    """Structure counts, not the names in it alone."""
    assert of(one) != of(other)


def test_takes_any_text() -> None:
    """A lone surrogate can stand in a literal, and in no encoding."""
    assert of(r"x = '\ud800'") != of(r"x = '\ud801'")


def test_is_the_same_on_every_python() -> None:
    """A newer one adds empty fields to its nodes, as 3.12 did with ``type_params``."""

    def grow(node: Any) -> None:
        node._fields = (*(name for name in node._fields if name != "type_params"), "added_later", "also_later")
        node.added_later, node.also_later = [], None

    tree = ast.parse(CODE)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            grow(node)
    assert checksum(tree) == of(CODE)


def test_an_empty_piece_of_an_f_string_does_not_count() -> None:
    """Some versions of Python parse one into it, so the same code would seem changed by an upgrade."""
    plain, padded = ast.parse('f"{a}b{c}"'), ast.parse('f"{a}b{c}"')
    text = next(node for node in ast.walk(padded) if isinstance(node, ast.JoinedStr))
    text.values.append(ast.Constant(""))
    assert checksum(padded) == checksum(plain)
