"""What CloudFormation asks of its custom resource."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ...contract import BY_PARAMETERS, Property
from ...contract.choices import is_choice
from ...contract.names import is_id
from ...error_text import safe_repr
from ...errors import InvalidSetting
from ...next_step import Repair, RepairAs
from ...records import Deploy

# Seconds, where there is no such property; the construct always gives one.
_DEFAULT_WAIT: Final = 120.0
_LONGEST_PHYSICAL_ID: Final = 1024


@dataclass(frozen=True, kw_only=True)
class ResourceRequest:
    """
    An event of CloudFormation's. What is in it is checked when it is asked for.

    Attributes:
        response_url: A credential: whoever has it can answer in our name. Never logged, and kept by `KeptEvents` alone.
        old_properties: The properties that the resource had before; empty but in an Update.
    """

    type: str
    request_id: str
    stack_id: str
    logical_id: str
    response_url: str = field(repr=False)
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]

    @staticmethod
    def is_one(event: object) -> bool:
        """Whether *event* is CloudFormation's: anything else is a person's."""
        return isinstance(event, dict) and "RequestType" in event and "ResponseURL" in event

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> ResourceRequest:
        return cls(
            type=_text(event, "RequestType"),
            request_id=_text(event, "RequestId"),
            stack_id=_text(event, "StackId"),
            logical_id=_text(event, "LogicalResourceId"),
            response_url=_text(event, "ResponseURL"),
            properties=_mapping(event, "ResourceProperties"),
            old_properties=_mapping(event, "OldResourceProperties"),
        )

    @property
    def kept(self) -> dict[str, Any]:
        """The event that `read` reads, with what is known of its properties."""

        def known(properties: Mapping[str, Any]) -> dict[str, str]:
            return {name.value: text for name in Property if (text := _text(properties, name))}

        return {
            "RequestType": self.type,
            "RequestId": self.request_id,
            "StackId": self.stack_id,
            "LogicalResourceId": self.logical_id,
            "ResponseURL": self.response_url,
            "ResourceProperties": known(self.properties),
        }

    @property
    def stack_name(self) -> str:
        """The stack's name, from its ARN: ``arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>``."""
        parts = self.stack_id.split("/")
        return parts[1] if len(parts) > 2 else self.stack_id

    @property
    def physical_id(self) -> str:
        """The resource's id, the same in every answer: if it changed, CloudFormation would replace the resource."""
        return f"{self.stack_name}/{self.logical_id}"[:_LONGEST_PHYSICAL_ID]

    def text(self, name: Property) -> str:
        """
        A property, or empty where it is not given.

        Raises:
            InvalidSetting: It is no string.
        """
        value = self.properties.get(name, "")
        if not isinstance(value, str):
            raise _invalid(name, value, "CloudFormation delivers strings.")
        return value

    @property
    def deploy(self) -> Deploy | None:
        """The deploy that this event is part of; None: a rollback would not undo it."""
        return _deploy(self.properties)

    @property
    def old_deploy(self) -> Deploy | None:
        """The deploy that a rollback rolls back; None: it is not to be undone."""
        return _deploy(self.old_properties)

    @property
    def lock_wait(self) -> float:
        """
        Seconds to wait for the lock.

        Raises:
            InvalidSetting: The property is no number of seconds.
        """
        text = self.text(Property.LOCK_WAIT_SECONDS)
        try:
            seconds = float(text) if text else _DEFAULT_WAIT
        except ValueError:
            seconds = math.nan
        if not 0 <= seconds < math.inf:
            raise _invalid(Property.LOCK_WAIT_SECONDS, text, "It is a number of seconds, 0 or more, such as 120.")
        return seconds

    @property
    def actor(self) -> str:
        """On whose behalf it runs, in words."""
        return f"cloudformation {self.stack_name}"

    @property
    def repair(self) -> Repair | None:
        """
        The repair that this deploy is to carry out; None: none.

        Raises:
            InvalidSetting: The property is not of the form ``<id>:applied`` or ``<id>:pending``.
        """
        text = self.text(Property.REPAIR)
        if not text:
            return None
        migration_id, _, repair_as = text.partition(":")
        if not is_id(migration_id) or not is_choice(repair_as, RepairAs):
            raise _invalid(
                Property.REPAIR,
                text,
                "It is <id>:pending to have a migration run again, or <id>:applied to count it as done: "
                "cdk deploy -c repair=20261123090000:pending.",
            )
        return Repair(migration_id, cast("RepairAs", repair_as))

    @property
    def baseline(self) -> str:
        """
        Up to which migration all count as applied; empty: none, or an earlier deploy had the same.

        Raises:
            InvalidSetting: The property is no id.
        """
        text = self.text(Property.BASELINE)
        if text and not is_id(text):
            raise _invalid(
                Property.BASELINE,
                text,
                "It is the id of the newest migration that was done by hand: cdk deploy -c baseline=20261123090000.",
            )
        return "" if self.old_properties.get(Property.BASELINE) == text else text

    @property
    def construct_path(self) -> str:
        """The construct's path in the app; empty where an older version made the template."""
        return _text(self.properties, Property.CONSTRUCT_PATH)

    @property
    def ordered_by_parameters(self) -> bool:
        """Whether a person gives a deploy a repair, or a baseline, by parameters of the stack's template."""
        return self.text(Property.ORDERED_BY) == BY_PARAMETERS

    @property
    def repair_is_old(self) -> bool:
        """Whether an earlier deploy had the same repair, and so has carried it out."""
        return self.old_properties.get(Property.REPAIR) == self.text(Property.REPAIR)


def _deploy(properties: Mapping[str, Any]) -> Deploy | None:
    deploy_id, version = _text(properties, Property.DEPLOY_ID), _text(properties, Property.FUNCTION_VERSION)
    return Deploy(deploy_id=deploy_id, function_version=version) if deploy_id and version else None


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _mapping(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _invalid(name: Property, value: object, expected: str) -> InvalidSetting:
    return InvalidSetting(
        f"The property {name.value} is {safe_repr(value, 100)}. {expected}",
        next_step="The Migrations construct sets it: correct its props, and deploy again. Nothing was run.",
    )
