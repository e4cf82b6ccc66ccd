"""The page of the errors has the tree: each one below what it is caught with."""

import re
from importlib import import_module
from types import ModuleType

import dynamigrate
import dynamigrate.errors
import dynamigrate_cdk
import dynamigrate_cdk.errors
from tests.docs.blocks import PROJECT

_PAGE = (PROJECT / "docs/reference/errors.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| ((?:· )*)(\*\*)?`(\w+)`(?:\*\*)? \| (.+) \|$", re.MULTILINE)
# As the engine's own tree has it: a class of another module stands with that module behind it.
_LINE = re.compile(r"^ {8,}(\w+)(?: \(([\w.]+)(?:, \w+)?\))?$", re.MULTILINE)


def _rows() -> dict[str, tuple[str | None, bool, str]]:
    """Of each error on the page: the one that it stands below, whether it is said to be importable, and what is said."""
    found: dict[str, tuple[str | None, bool, str]] = {}
    above: list[str] = []
    for dots, bold, name, text in _ROW.findall(_PAGE):
        depth = dots.count("·")
        del above[depth:]
        assert name not in found, name
        found[name] = (above[-1] if above else None, bool(bold), text)
        above.append(name)
    return found


def _classes() -> dict[str, type[Exception]]:
    """All that may leave the engine, and those of the constructs."""
    tree = (dynamigrate.errors.__doc__ or "").partition("Others never leave the package")[0]
    classes = {name: _class(name, module) for name, module in _LINE.findall(tree)}
    return classes | {name: getattr(dynamigrate_cdk.errors, name) for name in _own_errors(dynamigrate_cdk.errors)}


def _class(name: str, module: str) -> type[Exception]:
    found: type[Exception] = getattr(import_module(f"dynamigrate.{module or 'errors'}"), name)
    return found


def _own_errors(module: ModuleType) -> list[str]:
    return [name for name, one in vars(module).items() if isinstance(one, type) and one.__module__ == module.__name__]


def test_every_error_is_there() -> None:
    """Those that never leave the engine are not: nobody meets them."""
    assert set(_rows()) == set(_classes())


def test_an_error_stands_below_the_one_that_it_is_caught_with() -> None:
    """And one that is of two kinds says the other, where that is an error of the page or Python's."""
    classes = _classes()
    for name, (above, _, text) in _rows().items():
        bases = [base.__name__ for base in classes[name].__bases__]
        assert above is None or above in bases, name
        for other in set(bases) - {above, "Exception", "MigrationsError"}:
            assert f"`{other}`" in text or other == "SynthError", f"{name} is {other}, too"


def test_what_can_be_imported_is_told_apart() -> None:
    """It is in bold, and nothing else is."""
    public = {*dynamigrate.__all__, *dynamigrate_cdk.__all__}
    assert {name for name, (_, bold, _) in _rows().items() if bold} == public & set(_classes())
