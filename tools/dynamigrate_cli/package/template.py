"""A template as CDK makes it, turned into one that needs nothing of CDK's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

Template = dict[str, Any]
_FUNCTION: Final = "AWS::Lambda::Function"
CODE_BUCKET: Final = "CodeBucket"


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """
    A name that stood for one that is known when the stack is deployed.

    Attributes:
        name: As it stands in the template. Nothing else there has it in it.
        kept: What stands behind it where it is to stay, as in a name that may only have so many characters; a pattern.
        value: What takes its place elsewhere: ``{"Ref": "AWS::StackName"}``.
    """

    name: str
    kept: str
    value: Mapping[str, str]

    def parts(self, text: str) -> list[Any]:
        """*text* cut where the name stands; of one part where it does not."""
        parts: list[Any] = []
        for number, piece in enumerate(re.split(rf"{re.escape(self.name)}(?!{self.kept})", text)):
            if number:
                parts.append(dict(self.value))
            if piece:
                parts.append(piece)
        return parts or [text]


@dataclass(frozen=True, kw_only=True, order=True)
class CodeFile:
    """
    Attributes:
        path: The zip file, beside the template.
        parameter: The one for its key in the bucket.
        told: What the parameter is described by.
    """

    path: str
    parameter: str
    told: str


@dataclass(frozen=True, kw_only=True)
class Plain:
    """
    Makes plain templates.

    Attributes:
        placeholders: In this order.
        code: The zip files, by the name of the object that CDK would have uploaded.
        imports: What the exports of the other template have, by their names.
        parameters: Of the other template, which go with what is imported.
    """

    placeholders: tuple[Placeholder, ...]
    code: Mapping[str, CodeFile]
    imports: Mapping[str, Any]
    parameters: Mapping[str, Any]

    def made_of(self, template: Template) -> Template:
        """*template* without what CDK has in it for itself, and without exports; its code is still as CDK names it."""
        resources = {name: self._resource(one) for name, one in template["Resources"].items()}
        outputs = {
            name: {**one, "Value": self._value(one["Value"])}
            for name, one in template.get("Outputs", {}).items()
            if "Export" not in one
        }
        parameters = dict(template.get("Parameters", {}))
        for name in [one for one in self.parameters if one in _named(resources)]:
            parameters.setdefault(name, self.parameters[name])
        return {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": template["Description"],
            **({"Parameters": parameters} if parameters else {}),
            # The constructs' own: CDK's are not made.
            **({"Conditions": self._value(template["Conditions"])} if "Conditions" in template else {}),
            "Resources": resources,
            "Outputs": outputs,
        }

    def with_paths(self, plain: Template) -> Template:
        """*plain* with the zip files by their paths, as ``aws cloudformation package`` and SAM upload them."""
        return _with_code(plain, lambda file: file.path, self.code)

    def with_parameters(self, plain: Template) -> Template:
        """*plain* with the zip files by parameters for their bucket and keys."""
        found = _with_code(
            plain,
            lambda file: {"S3Bucket": {"Ref": CODE_BUCKET}, "S3Key": {"Ref": file.parameter}},
            self.code,
        )
        where = {
            CODE_BUCKET: {
                "Type": "String",
                "Description": "The bucket that has the zip files, in the Region of the stack",
            },
            **{file.parameter: {"Type": "String", "Description": file.told} for file in sorted(self.code.values())},
        }
        return {**found, "Parameters": {**where, **found["Parameters"]}}

    def _resource(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: one for name, one in resource.items() if name not in ("Metadata", "DependsOn")}
        properties = self._value(resource.get("Properties", {}))
        # Who is named in a property is waited for anyway.
        needed = [one for one in resource.get("DependsOn", ()) if one not in _named(properties)]
        return {**kept, "Properties": properties, **({"DependsOn": needed} if needed else {})}

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return _joined(self._parts(value))
            case {"Fn::ImportValue": str(name)} if name in self.imports:
                return self._value(self.imports[name])
            case {"Fn::Join": [str(glue), list(parts)]}:
                return self._join(glue, [self._value(one) for one in parts])
            case dict():
                return {name: self._value(one) for name, one in value.items()}
            case list():
                return [self._value(one) for one in value]
            case _:
                return value

    def _join(self, glue: str, parts: list[Any]) -> Any:
        """With the joins in it made part of it, where that is the same."""
        if glue:
            return {"Fn::Join": [glue, parts]}
        flat: list[Any] = []
        for part in parts:
            flat += part["Fn::Join"][1] if isinstance(part, dict) and part.get("Fn::Join", [None])[0] == "" else [part]
        return _joined(flat)

    def _parts(self, text: str) -> list[Any]:
        parts: list[Any] = [text]
        for placeholder in self.placeholders:
            parts = [one for part in parts for one in (placeholder.parts(part) if isinstance(part, str) else [part])]
        return parts


def exports(template: Template) -> dict[str, Any]:
    """What *template* exports, by name."""
    return {one["Export"]["Name"]: one["Value"] for one in template.get("Outputs", {}).values() if "Export" in one}


def with_imports(plain: Plain, template: Template) -> Plain:
    """*plain* for a template that imports from *template*."""
    return replace(plain, imports=exports(template), parameters=template.get("Parameters", {}))


def _named(value: Any) -> set[str]:
    """The resources, and parameters, that *value* refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case dict():
            return {name for one in value.values() for name in _named(one)}
        case list():
            return {name for one in value for name in _named(one)}
        case _:
            return set()


def _joined(parts: list[Any]) -> Any:
    """*parts* as one value, neighboring texts as one."""
    merged: list[Any] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return merged[0] if len(merged) == 1 else {"Fn::Join": ["", merged]}


def _with_code(template: Template, form: Callable[[CodeFile], Any], code: Mapping[str, CodeFile]) -> Template:
    resources = {}
    for name, one in template["Resources"].items():
        if one["Type"] == _FUNCTION:
            file = code[one["Properties"]["Code"]["S3Key"]]
            one = {**one, "Properties": {**one["Properties"], "Code": form(file)}}  # noqa: PLW2901
        resources[name] = one
    return {**template, "Resources": resources}
