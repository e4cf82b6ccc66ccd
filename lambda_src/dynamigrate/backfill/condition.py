"""The condition in a `Backfill`'s ``filter``, in whatever form it was given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder

from .values.codec import AttributeValue, encode

# "Comparison operator and function reference" in the developer guide: all that an expression is made of.
_TOKEN: Final = re.compile(
    r"(?P<name>#?\w+)|(?P<value>:\w+)|(?P<dot>\s*\.\s*)|(?P<open>\()|(?P<close>\))|(?P<other>\s+|\[\s*\d+\s*\]|<>|<=|>=|[=<>,])"
)
_WORDS: Final = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN"})
_CALL: Final = re.compile(r"\s*\(")
# What looks like a name and is meant as a value; an attribute of that name can be written #true.
_LITERAL: Final = re.compile(r"\d\w*|true|false|null|none", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """
    As the service takes it, every name behind a placeholder, so that none is a reserved word.

    Attributes:
        expression: What it says.
        names: Placeholder to name; so are ``values``.
        attributes: The top-level attributes that it looks at.
        operand: The same, to stand beside an AND. The service refuses parentheses that are not needed.
    """

    expression: str
    names: dict[str, str]
    values: dict[str, AttributeValue]
    attributes: tuple[str, ...]
    operand: str

    @classmethod
    def of(cls, given: str | ConditionBase) -> Condition:
        """
        Raises:
            ValueError: It can't be read, so what it looks at can't be known.
            TypeError, ArithmeticError: A value in it is none that DynamoDB has.
        """
        if isinstance(given, str):
            return cls._read(given, {}, {})
        built = ConditionExpressionBuilder().build_expression(given, is_key_condition=False)
        values = {alias: encode(value) for alias, value in built.attribute_value_placeholders.items()}
        return cls._read(built.condition_expression, built.attribute_name_placeholders, values)

    @classmethod
    def _read(cls, text: str, aliases: dict[str, str], values: dict[str, AttributeValue]) -> Condition:
        parts: list[str] = []
        placeholders: dict[str, str] = {}
        attributes: dict[str, None] = {}
        depth, split, nested = 0, False, False
        for kind, word, called in _tokens(text):
            if kind == "value" and word not in values:
                raise ValueError(f"there is no value for {word}")
            if kind != "name" or not (nested or _is_attribute(word, called=called)):
                parts.append(word)
                depth += {"open": 1, "close": -1}.get(kind, 0)
                split = split or (not depth and word.upper() == "OR")
            else:
                name = aliases.get(word, word.removeprefix("#"))
                parts.append(placeholders.setdefault(name, f"#n{len(placeholders)}"))
                if not nested:
                    attributes[name] = None
            nested = kind == "dot"
        if not attributes:
            raise ValueError("it looks at no attribute")
        expression = "".join(parts)
        return cls(
            expression=expression,
            names={alias: name for name, alias in placeholders.items()},
            values=values,
            attributes=tuple(attributes),
            operand=f"({expression})" if split else expression,
        )


def _tokens(text: str) -> Iterator[tuple[str, str, bool]]:
    """The kind of each, what it says, and whether an opening parenthesis comes after it."""
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"{text[at:]!r:.100} in it is no part of a condition")
        at = token.end()
        yield token.lastgroup or "", token.group(), _CALL.match(text, at) is not None


def _is_attribute(word: str, *, called: bool) -> bool:
    """Whether *word* is neither a word of the language nor a function."""
    if word.startswith("#"):
        return True
    if called or word.upper() in _WORDS:
        return False
    if _LITERAL.fullmatch(word):
        raise ValueError(f"{word} in it is a value, which a text can't have")
    return True
