"""A filter is read for what it looks at, in whatever form it was given."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, Key

from dynamigrate import Backfill, MigrationsError
from dynamigrate.backfill.condition import Condition

NEW = {"S": "NEW"}


@pytest.mark.parametrize(
    ("given", "expression", "names", "attributes"),
    [
        ("attribute_not_exists(#status)", "attribute_not_exists(#n0)", ["status"], ("status",)),
        ("attribute_not_exists(status)", "attribute_not_exists(#n0)", ["status"], ("status",)),
        ("attribute_exists ( owner.id )", "attribute_exists ( #n0.#n1 )", ["owner", "id"], ("owner",)),
        ("attribute_exists(#owner.#id)", "attribute_exists(#n0.#n1)", ["owner", "id"], ("owner",)),
        ("attribute_exists(#lines[0] . sku)", "attribute_exists(#n0[0] . #n1)", ["lines", "sku"], ("lines",)),
        ("id = owner.id", "#n0 = #n1.#n0", ["id", "owner"], ("id", "owner")),
        ("size(tags) > n and not a<>b", "size(#n0) > #n1 and not #n2<>#n3", ["tags", "n", "a", "b"], ("tags", "n", "a", "b")),
        ("a IN (b, c)", "#n0 IN (#n1, #n2)", ["a", "b", "c"], ("a", "b", "c")),
        ("a BETWEEN b AND c", "#n0 BETWEEN #n1 AND #n2", ["a", "b", "c"], ("a", "b", "c")),
        ("owner.not = a.in", "#n0.#n1 = #n2.#n3", ["owner", "not", "a", "in"], ("owner", "a")),
        ("attribute_exists(#and) AND size = contains", "attribute_exists(#n0) AND #n1 = #n2", ["and", "size", "contains"], ("and", "size", "contains")),
        ("attribute_exists(#p0)", "attribute_exists(#n0)", ["p0"], ("p0",)),
        ("attribute_exists(straße)", "attribute_exists(#n0)", ["straße"], ("straße",)),
        ("a =\n  b", "#n0 =\n  #n1", ["a", "b"], ("a", "b")),
        (Attr("owner.id").eq("NEW"), "#n0.#n1 = :v0", ["owner", "id"], ("owner",)),
        (Attr("lines[1].sku").exists(), "attribute_exists(#n0[1].#n1)", ["lines", "sku"], ("lines",)),
        (Attr("order-date").exists(), "attribute_exists(#n0)", ["order-date"], ("order-date",)),
        (Attr("#x").exists() & Attr(":v0").exists(), "(attribute_exists(#n0) AND attribute_exists(#n1))", ["#x", ":v0"], ("#x", ":v0")),
        (Attr("it's \"a\" (b)").exists(), "attribute_exists(#n0)", ["it's \"a\" (b)"], ("it's \"a\" (b)",)),
        (Attr("AND").size().gt(1), "size(#n0) > :v0", ["AND"], ("AND",)),
        (~(Key("id").begins_with("o") | Attr("a.id").attribute_type("S")), "(NOT (begins_with(#n0, :v0) OR attribute_type(#n1.#n0, :v1)))", ["id", "a"], ("id", "a")),
        (Attr("a").eq(Attr("b.c")), "#n0 = #n1.#n2", ["a", "b", "c"], ("a", "b")),
    ],
)  # fmt: skip
def test_tells_what_it_looks_at(given: Any, expression: str, names: list[str], attributes: tuple[str, ...]) -> None:
    """Top-level attributes alone are that; each name has a placeholder, so that none is a reserved word."""
    condition = Condition.of(given)
    assert condition.expression == expression
    assert condition.names == {f"#n{number}": name for number, name in enumerate(names)}
    assert condition.attributes == attributes


def test_keeps_the_values() -> None:
    """In the types of the service."""
    values = Condition.of(Attr("a").is_in(["NEW", Decimal("1.0")]) & Attr("b").between(1, 2)).values
    assert list(values.values()) == [NEW, {"N": "1.0"}, {"N": "1"}, {"N": "2"}]


@pytest.mark.parametrize(
    ("given", "operand"),
    [
        ("a = b OR c = d", "(#n0 = #n1 OR #n2 = #n3)"),
        ("(a = b or c = d)", "(#n0 = #n1 or #n2 = #n3)"),
        ("(a = b) OR (c = d)", "((#n0 = #n1) OR (#n2 = #n3))"),
        ("a = b AND (c = d OR e = f)", "#n0 = #n1 AND (#n2 = #n3 OR #n4 = #n5)"),
        ("NOT a = b", "NOT #n0 = #n1"),
        (Attr("a").exists() | Attr("b").exists(), "(attribute_exists(#n0) OR attribute_exists(#n1))"),
    ],
)
def test_stands_beside_an_and_without_parentheses_too_many(given: Any, operand: str) -> None:
    """The service refuses those."""
    assert Condition.of(given).operand == operand


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("order-date = b", "'-date = b' in it is no part of a condition"),
        ('"a" = b', "in it is no part of a condition"),
        ("a = 'NEW'", "in it is no part of a condition"),
        ("n > 5", "5 in it is a value, which a text can't have"),
        ("active = true", "true in it is a value, which a text can't have"),
        ("a <> NULL", "NULL in it is a value, which a text can't have"),
        ("NOT", "it looks at no attribute"),
        (Attr("").exists(), "it looks at no attribute"),
    ],
)
def test_one_that_can_not_be_read_is_refused_when_the_backfill_is_made(given: Any, message: str) -> None:
    """What it looks at could not be guarded; it is said how to write it."""
    with pytest.raises(MigrationsError) as caught:
        Backfill("orders", lambda item, ctx: None, filter=given)
    assert message in str(caught.value)
    assert 'Attr("order-date").exists()' in caught.value.next_step
