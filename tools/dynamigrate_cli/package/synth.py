"""The templates of a folder of migrations, and the files that go into its functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk

from dynamigrate.contract import HANDLER, Env, Property

from .stacks import AFTER, AFTER_PATH, BEFORE, PATH, STATE_STACK, add_after, add_migrations, add_state, staged_archive
from .template import CodeFile, Placeholder, Plain, Template, with_imports
from .wanted import Wanted

_RESOURCE: Final = "Custom::DynamoDBMigrations"
_FUNCTION: Final = CodeFile(
    path="function.zip",
    parameter="FunctionCodeKey",
    told="The key of function.zip: another one where its content is another",
)
_RESPONDER: Final = CodeFile(path="responder.zip", parameter="ResponderCodeKey", told="The key of responder.zip")
_ZIPS: Final = {"dynamigrate": _FUNCTION, "responder": _RESPONDER}
_REPAIR: Final = {
    "Type": "String",
    "Default": "",
    "AllowedPattern": "([0-9]+:(applied|pending))?",
    "ConstraintDescription": "<id>:pending has a migration run again, <id>:applied counts it as done; empty: neither.",
    "Description": "<id>:pending or <id>:applied, for a migration that began and did not finish; done once, before anything runs",
}
_BASELINE: Final = {
    "Type": "String",
    "Default": "",
    "AllowedPattern": "[0-9]*",
    "ConstraintDescription": "It is the id of a migration; empty: there is none.",
    "Description": "The newest migration that was done by hand before there was a history; done once, before anything runs",
}
_AFTER_STACK: Final = {
    "Type": "String",
    "Description": "The name that the stack of after.json has, or is going to have: the dashboard shows both",
    "AllowedPattern": "[A-Za-z][A-Za-z0-9-]{0,127}",
}
_MIGRATIONS_STACK: Final = {
    "Type": "String",
    "Description": "The name of the stack of template.json, whose history this is",
    "AllowedPattern": "[A-Za-z][A-Za-z0-9-]{0,127}",
}
# What the stacks refer to of each other becomes parameters; CDK would warn of the choice that it leaves.
_CONTEXT: Final = {"@aws-cdk/core:defaultCrossStackReferences": "strong"}
# Warnings that are about the props of constructs: the command has words of its own for the same.
_STATE_WARNING: Final = "[ack: dynamigrate:state]"
_AFTER_WARNING: Final = "[ack: dynamigrate:after]"


@dataclass(frozen=True, kw_only=True)
class Synthesized:
    """
    Attributes:
        templates: By their file names.
        code: Each zip file, by the name that it is to have.
        parameters: Those of ``template.json``.
        newest: The file of the newest migration.
        warnings: What synth warns of, each a text.
        digest: Of the function's code.
    """

    templates: Mapping[str, Template]
    code: Mapping[str, Path]
    parameters: tuple[str, ...]
    told: str
    warnings: tuple[str, ...]
    digest: str


def synthesize(wanted: Wanted, output: Path) -> Synthesized:
    """
    What is *wanted*, made in *output*, a folder that has to be there while the zip files are written.

    Raises:
        SynthError, MigrationsError: As of `Migrations`.
    """
    release = version("dynamigrate")
    app = cdk.App(analytics_reporting=False, tree_metadata=False, outdir=str(output), context=_CONTEXT)
    migrations = add_migrations(app, wanted, release)
    if wanted.after:
        add_after(app, migrations, release)
    if wanted.state == "parameters":
        add_state(app, release)
    assembly = app.synth()
    stacks = {one.stack_name: one for one in assembly.stacks}
    made = {name: json.loads(Path(one.template_full_path).read_text("utf-8")) for name, one in stacks.items()}
    before = made[BEFORE]
    code = _code(before)
    plain = Plain(
        placeholders=_placeholders(before, before="AWS::StackName", after="AfterStack"),
        code=code,
        imports={},
        parameters={"AfterStack": _AFTER_STACK},
    )
    found = plain.made_of(_ordered(before))
    templates = {"template.json": plain.with_parameters(found), "template.paths.json": plain.with_paths(found)}
    if wanted.after:
        templates |= _after(made[AFTER], before, plain)
    if wanted.state == "parameters":
        templates["state.json"] = plain.made_of(made[STATE_STACK])
    said = [(one.level, str(one.entry.data)) for artifact in stacks.values() for one in artifact.messages]
    return Synthesized(
        templates=templates,
        code={file.path: staged_archive(output, name) for name, file in code.items()},
        parameters=tuple(templates["template.json"]["Parameters"]),
        told=next((_without_ack(text) for level, text in said if level == cdk.cx_api.SynthesisMessageLevel.INFO), ""),
        warnings=tuple(
            dict.fromkeys(
                _without_ack(text)
                for level, text in said
                if level != cdk.cx_api.SynthesisMessageLevel.INFO
                and not text.endswith((_STATE_WARNING, _AFTER_WARNING))
            )
        ),
        digest=_resource(before)["Properties"][Property.SOURCE_DIGEST],
    )


def _placeholders(template: Template, *, before: str, after: str) -> tuple[Placeholder, ...]:
    """
    What is to be said for the names of the stacks: parameters. The names of state machines keep them, as the stack's own id
    is there, too. Those of the state's tables don't, where the function makes these: two stacks would have one history.

    Args:
        template: That of the first stack.
        before: The parameter for its name.
        after: That for the name of the second one.
    """
    table = _environment(template)[Env.MIGRATIONS_TABLE]
    made = f"(?!{table.removeprefix(f'{BEFORE}-{PATH}-')})" if isinstance(table, str) else ""
    return (
        Placeholder(name=BEFORE, kept=f"-{PATH}-{made}", value={"Ref": before}),
        Placeholder(name=AFTER, kept=f"-{AFTER_PATH}-", value={"Ref": after}),
    )


def _environment(template: Template) -> Any:
    """The variables of the function."""
    return next(
        one["Properties"]["Environment"]["Variables"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Function" and one["Properties"]["Handler"] == HANDLER
    )


def _after(template: Template, before: Template, plain: Plain) -> dict[str, Template]:
    """The template of the phase after the deploy, in both forms: it has the parameters whose values it would import."""
    names = _placeholders(before, before="MigrationsStack", after="AWS::StackName")
    of_after = with_imports(Plain(placeholders=names, code=plain.code, imports={}, parameters={}), before)
    found = of_after.made_of(_ordered(template, baseline=False))
    found["Parameters"] = {"MigrationsStack": _MIGRATIONS_STACK, **found["Parameters"]}
    return {"after.json": of_after.with_parameters(found), "after.paths.json": of_after.with_paths(found)}


def _ordered(template: Template, *, baseline: bool = True) -> Template:
    """*template* with the parameters by which a deploy carries a repair, or a baseline."""
    resource = _resource(template)
    orders = {Property.REPAIR.value: _REPAIR, **({Property.BASELINE.value: _BASELINE} if baseline else {})}
    properties = {
        **{name: one for name, one in resource["Properties"].items() if name != Property.CONSTRUCT_PATH},
        Property.ORDERED_BY.value: "parameters",
        **{name: {"Ref": name} for name in orders},
    }
    resources = {
        name: {**one, "Properties": properties} if one is resource else one
        for name, one in template["Resources"].items()
    }
    return {**template, "Parameters": {**template.get("Parameters", {}), **orders}, "Resources": resources}


def _code(template: Template) -> dict[str, CodeFile]:
    """Which zip file each object is that CDK would upload, by the package of the handlers in it."""
    functions = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    return {one["Code"]["S3Key"]: _ZIPS[one["Handler"].partition(".")[0]] for one in functions}


def _resource(template: Template) -> Any:
    """The custom resource."""
    [resource] = [one for one in template["Resources"].values() if one["Type"] == _RESOURCE]
    return resource


def _without_ack(text: str) -> str:
    return text.partition(" [ack: ")[0]
