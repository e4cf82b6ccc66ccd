"""The deploy id of `call="on-change"`: another one when a call could do something that the last one did not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

from dynamigrate.contract import Property


@jsii.implements(cdk.IStringProducer)
class SettingsDigest:
    """
    A digest over *properties*, which have the code's own digest and what the deploy carries; over *environment*, which
    has tables, state, params and rules; and over the function's other settings.

    It is made at the end of synth, when it is known what other stacks' tables are called here. Grants, tags and the
    network are not in it: they change nothing for migrations that have run.
    """

    def __init__(
        self, function: lambda_.Function, environment: Mapping[str, str], properties: Mapping[Property, str]
    ) -> None:
        self._function = function
        self._environment = environment
        self._properties = properties

    def produce(self, context: cdk.IResolveContext) -> str:
        settings = cdk.Stack.of(self._function).resolve([self._settings(), dict(self._properties)])
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:32]

    def _settings(self) -> dict[str, Any]:
        function = self._function.node.default_child
        if not isinstance(function, lambda_.CfnFunction):
            raise TypeError(f"{self._function.node.path} is no function of this stack")
        return {
            "architectures": function.architectures,
            # Not read from the resource: from Python its environment reads as empty while it is not resolved.
            "environment": dict(self._environment),
            "layers": function.layers,
            "memory": function.memory_size,
            "runtime": function.runtime,
            "timeout": function.timeout,
        }
