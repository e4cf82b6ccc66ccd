"""
The pages about other tools: what can't be deployed here is read by what reads such files, and what they give the packaged
template is held against its parameters. What can be is deployed by tests/acceptance/package.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from dynamigrate_cli.main import app as command_line
from tests.cli.package.packages import package
from tests.docs.blocks import PROJECT

_PAGES = PROJECT / "docs" / "how-to" / "tools"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXAMPLE = PROJECT / "examples" / "typescript_app"
_NAMES = ("amplify", "cloudformation", "sam", "serverless", "sst", "terraform", "typescript-cdk")
_LANGUAGES = {"bash", "console", "hcl", "text", "typescript", "yaml"}


class _Yaml(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types here
    """Takes CloudFormation's short forms for what they are."""


_Yaml.add_multi_constructor("!", lambda loader, suffix, node: {suffix: node.value})


def blocks(*languages: str) -> list[Any]:
    """Those in one of *languages*, of all pages."""
    return [
        pytest.param(text, id=f"{name}-{number}")
        for name in _NAMES
        for number, (language, text) in enumerate(_BLOCK.findall((_PAGES / f"{name}.md").read_text(encoding="utf-8")))
        if language in languages
    ]


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Of the template that the pages are about: one table, the history in tables that are given."""
    folder = tmp_path_factory.mktemp("packaged")
    (folder / "migrations").mkdir()
    (folder / "migrations/20261123090000_add_status.py").write_text("def do(ctx):\n    pass\n")
    found: dict[str, dict[str, Any]] = package(folder, "packaged", "--table", "orders").template()["Parameters"]
    return found


def test_there_is_a_page_for_each_tool() -> None:
    """And none that nothing here reads."""
    assert sorted(one.stem for one in _PAGES.glob("*.md")) == sorted(_NAMES)
    for name in _NAMES:
        assert {language for language, _ in _BLOCK.findall((_PAGES / f"{name}.md").read_text())} <= _LANGUAGES


@pytest.mark.parametrize("name", _NAMES)
def test_each_page_gives_the_template_what_it_needs(name: str, parameters: dict[str, dict[str, Any]]) -> None:
    """All that has no default, but for the code where the template has it by its path; and nothing that it has not."""
    texts = [text for language, text in _BLOCK.findall((_PAGES / f"{name}.md").read_text()) if language != "console"]
    [given] = [one for one in map(_given, texts) if "DeployId" in one]
    needed = {one for one, said in parameters.items() if "Default" not in said}
    if any("template.paths.json" in text for text in texts):
        needed -= {"CodeBucket", "FunctionCodeKey", "ResponderCodeKey"}
    assert needed <= given
    assert given <= {*parameters}


def _given(text: str) -> set[str]:
    """The names in an object called parameters, or in quotes before an equals sign."""
    inside = re.search(r"\bparameters\s*[:=]\s*\{\n(.*?)\n\s*\}", text, re.DOTALL)
    if inside:
        return set(re.findall(r"^\s*(\w+)\s*[:=]", inside[1], re.MULTILINE))
    return set(re.findall(r'"(\w+)=\$', text))


@pytest.mark.parametrize("name", _NAMES)
def test_each_page_says_how_to_package_and_to_ask(name: str) -> None:
    """And what was tried of it."""
    text = (_PAGES / f"{name}.md").read_text(encoding="utf-8")
    commands = [
        line[2:]
        for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    assert "pip install 'dynamigrate[cdk,cli]'" in commands
    assert "dynamigrate package --out packaged --table orders" in commands
    program = get_command(command_line)
    for line in commands:
        if line.startswith("dynamigrate "):
            words = line.split()[1:]
            context: Any = program.make_context("dynamigrate", list(words), resilient_parsing=True)
            found, command, rest = program.resolve_command(context, words)  # type: ignore[attr-defined]
            assert command.make_context(found, rest, parent=context)
    assert re.search(r"tried|tests of this project", text)


def test_the_app_in_typescript_is_the_one_that_is_deployed() -> None:
    """The page has it whole."""
    [text] = [
        text
        for language, text in _BLOCK.findall((_PAGES / "typescript-cdk.md").read_text())
        if language == "typescript"
    ]
    assert text == (_EXAMPLE / "app.ts").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_app_in_typescript_has_its_types(tmp_path: Path) -> None:
    """By the compiler, in its strict mode."""
    for name in ("app.ts", "tsconfig.json"):
        (tmp_path / name).write_text((_EXAMPLE / name).read_text())
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    done = subprocess.run(
        [str(PROJECT / "node_modules/.bin/tsc"), "--noEmit"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("text", blocks("typescript"))
def test_typescript_can_be_parsed(text: str) -> None:
    """By what bundles such files."""
    program = "require('esbuild').transformSync(require('fs').readFileSync(0, 'utf8'), {loader: 'ts'})"
    done = subprocess.run(["node", "-e", program], cwd=PROJECT, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", blocks("hcl"))
def test_terraforms_language_can_be_parsed(text: str) -> None:
    """With all of its blocks."""
    program = "import hcl2, json, sys; print(json.dumps(sorted(hcl2.load(sys.stdin))))"
    done = subprocess.run(
        [str(PROJECT / ".tools/bin/python"), "-c", program], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "resource" in json.loads(done.stdout)


@pytest.mark.parametrize("text", blocks("bash"))
def test_scripts_can_be_parsed(text: str) -> None:
    """They end at the first thing that fails."""
    assert text.startswith("#!/bin/bash\nset -euo pipefail\n")
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_can_be_parsed(text: str) -> None:
    """A template has resources, a service a name."""
    found = yaml.load(text, Loader=_Yaml)  # it is a safe loader, with CloudFormation's tags
    assert "Resources" in found or "service" in found


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say_of_sam_templates(tmp_path: Path) -> None:
    """It knows SAM, by SAM's own translator."""
    texts = [text for language, text in _BLOCK.findall((_PAGES / "sam.md").read_text()) if language == "yaml"]
    assert len(texts) == 2
    (tmp_path / "service").mkdir()
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"{number}.yaml")
        files[-1].write_text(text)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cfn-lint")), "--", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
