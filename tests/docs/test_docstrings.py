"""What an editor shows of a public name says something, in words that the signature does not have."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest
from constructs import Construct

import dynamigrate
import dynamigrate_cdk
import dynamigrate_pytest
from dynamigrate.planners import Planner
from dynamigrate.targets import StateTarget

# Where an editor finds what is said of a method that says nothing itself.
_CONTRACTS: Final = {
    "DynamoDBTarget": StateTarget,
    "MemoryTarget": StateTarget,
    **dict.fromkeys([name for name in dynamigrate.__all__ if name.endswith("Planner")], Planner),
}
# An item is read as a dict is, whose documentation is everywhere, and these refuse to change it.
_OF_A_DICT: Final = frozenset({"copy", "fromkeys", "pop", "popitem", "setdefault", "update", "clear"})
_OF_NO_NEWS: Final = frozenset(
    {"a", "an", "the", "of", "to", "is", "it", "its", "for", "in", "on", "and", "or", "returns", "gets", "sets"}
)
_UNITS: Final = re.compile(r"second|dollar|capacity unit|any unit|the same for writes", re.IGNORECASE)


class Shown(NamedTuple):
    """One hover: a name, what is said of it, and its signature, if it has one."""

    name: str
    text: str
    signature: inspect.Signature | None


def public() -> Iterator[Shown]:
    for package in (dynamigrate, dynamigrate_cdk, dynamigrate_pytest):
        for name in package.__all__:
            found = getattr(package, name)
            if not inspect.isclass(found):
                yield Shown(name, inspect.getdoc(found) or "", inspect.signature(found))
                continue
            yield Shown(name, vars(found).get("__doc__") or "", _signature(found))
            for member, value in _members(found):
                text = inspect.getdoc(value) or inspect.getdoc(getattr(_CONTRACTS.get(name), member, None)) or ""
                if not (name == "Item" and member in _OF_A_DICT):
                    yield Shown(f"{name}.{member}", text, _signature(value))


def _members(found: type) -> Iterator[tuple[str, Any]]:
    """Methods and properties that this package defines, each as it is called."""
    seen = set()
    for base in found.__mro__:
        if base.__module__.partition(".")[0] in ("dynamigrate", "dynamigrate_cdk", "dynamigrate_pytest"):
            for name, value in vars(base).items():
                function = getattr(value, "__func__", value)
                if not name.startswith("_") and name not in seen and _is_shown(function):
                    seen.add(name)
                    yield name, function


def _is_shown(value: object) -> bool:
    return inspect.isfunction(value) or isinstance(value, property) or type(value).__name__ == "cached_property"


def _signature(found: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(found)
    except (TypeError, ValueError):
        return None


_SHOWN: Final = list(public())


def _amounts(shown: Shown) -> list[str]:
    """Parameters that take a number with a fraction: such a one has a unit."""
    parameters = {} if shown.signature is None else shown.signature.parameters
    return [name for name, one in parameters.items() if re.match(r"float\b", str(one.annotation))]


@pytest.mark.parametrize("shown", _SHOWN, ids=[one.name for one in _SHOWN])
def test_what_a_hover_shows_says_more_than_the_signature(shown: Shown) -> None:
    """Words are there that are neither in the name nor in those of the parameters."""
    assert shown.text.strip(), f"{shown.name} says nothing"
    signature = "" if shown.signature is None else str(shown.signature)
    known = {_stem(word) for word in re.findall(r"[A-Za-z][a-z]*", f"{shown.name} {signature}")}
    said = {_stem(word) for word in re.findall(r"[A-Za-z][a-z]*", shown.text) if word.lower() not in _OF_NO_NEWS}
    assert said - known, f"{shown.name} repeats itself: {shown.text}"


def _stem(word: str) -> str:
    return word.lower().removesuffix("s").removesuffix("ed").removesuffix("e")


@pytest.mark.parametrize("shown", [one for one in _SHOWN if _amounts(one)], ids=lambda shown: shown.name)
def test_an_amount_says_its_unit(shown: Shown) -> None:
    """Where the parameter is explained."""
    for name in _amounts(shown):
        lines = re.findall(rf"(?:^|\W){name}\b.*(?:\n(?!\s*\w+: ).*)*", shown.text)
        assert lines, f"{shown.name} does not say what {name} is"
        assert _UNITS.search(" ".join(lines)), f"{shown.name}: {name} in which unit? {lines}"


def _undocumented() -> Iterator[tuple[str, str]]:
    """Each prop of a construct, and each parameter of its methods, that is named nowhere where arguments are."""
    for shown in _SHOWN:
        construct, _, method = shown.name.partition(".")
        kind = getattr(dynamigrate_cdk, construct, None)
        if not (inspect.isclass(kind) and issubclass(kind, Construct)):
            continue
        # Of a construct as such, jsii hides it.
        signature = shown.signature if method else inspect.signature(kind.__init__)
        documented = {
            name
            for names in re.findall(r"^ *(\w+(?:, \w+)*): ", shown.text, re.MULTILINE)
            for name in names.split(", ")
        }
        for name in {} if signature is None else signature.parameters:
            if name not in {"self", "cls", "scope", "id", *documented} and f"*{name}*" not in shown.text:
                yield shown.name, name


def test_every_prop_of_a_construct_is_documented() -> None:
    """By its name, with what it is; whoever hovers over the class finds it."""
    assert list(_undocumented()) == []


def test_what_it_means_to_leave_a_prop_out_is_said() -> None:
    """A signature says None: a person wants to know what is done then."""
    for construct in (dynamigrate_cdk.Migrations, dynamigrate_cdk.MigrationState, dynamigrate_cdk.AfterMigrations):
        text = inspect.getdoc(construct) or ""
        for name, parameter in inspect.signature(construct.__init__).parameters.items():
            if parameter.default is None:
                said = re.search(
                    rf"(?:^|, ) *{name}\b[^:\n]*: (?:.*\n)(?:(?! {{4}}\w+[^:\n]*: ).*\n)*", text, re.MULTILINE
                )
                assert said is not None, name
                words = " ".join(said[0].split())
                assert re.search(r"[Bb]y default|[Ww]ithout|With it", words), f"{construct.__name__}: {words}"
