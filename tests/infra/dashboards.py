"""What a synthesized dashboard shows, as tests look at it."""

import json
from dataclasses import dataclass
from typing import Any

from tests.infra.synthesized import Resources, value_of


@dataclass(frozen=True)
class Shown:
    """The widgets of a dashboard."""

    widgets: list[dict[str, Any]]

    @classmethod
    def of(cls, resources: Resources) -> "Shown":
        body = value_of(resources.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
        return cls(json.loads(body)["widgets"])

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [one["properties"] for one in self.widgets if one["type"] == kind]

    @property
    def heading(self) -> str:
        return str(self.of_type("text")[0]["markdown"])

    @property
    def table(self) -> dict[str, Any]:
        [found] = self.of_type("custom")
        return found

    @property
    def query(self) -> str:
        return str(self.of_type("log")[0]["query"])

    def metrics(self) -> list[list[Any]]:
        return [metric for graph in self.of_type("metric") for metric in graph["metrics"]]

    def searches(self) -> list[str]:
        """The expressions that look for what migrations report."""
        return [one[0]["expression"] for one in self.metrics() if isinstance(one[0], dict)]

    def of_namespace(self, namespace: str) -> list[list[Any]]:
        return [one for one in self.metrics() if one[0] == namespace]


def role_statements(resources: Resources, of: str) -> list[dict[str, Any]]:
    """What the role may do whose logical id begins with *of*."""
    return [
        statement
        for one in resources.template["Resources"].values()
        if one["Type"] == "AWS::IAM::Policy" and any(_named(role).startswith(of) for role in one["Properties"]["Roles"])
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]


def _named(role: Any) -> str:
    return str(role.get("Ref") or role.get("Fn::ImportValue"))
