"""The apps that are compared: the same table and function, and what runs migrations before the function is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Variant:
    """
    Attributes:
        name: As the app knows it.
        title: As the page calls it.
        against: The name of what does the same job on CDK's Provider framework; empty: this is none of ours.
    """

    name: str
    title: str
    against: str = ""

    @property
    def is_ours(self) -> bool:
        return bool(self.against)


ALONE: Final = Variant(name="alone", title="the app without migrations")
PROVIDER: Final = Variant(name="provider", title="Provider, `onEvent`: fifteen minutes at most")
PROVIDER_LONG: Final = Variant(name="provider-long", title="Provider, `onEvent` and `isComplete`: up to an hour")
SHORT: Final = Variant(
    name="short", title="`Migrations(run_limit=None)`: fifteen minutes at most", against=PROVIDER.name
)
OURS: Final = Variant(name="ours", title="`Migrations`: up to an hour", against=PROVIDER_LONG.name)
WATCHED: Final = Variant(name="watched", title="`Migrations` with `dashboard` and `alarms`", against=PROVIDER_LONG.name)

# What is deployed; the others are synthesized and counted. Each of ours is beside what does the same job.
DEPLOYED: Final = (ALONE, PROVIDER, SHORT, PROVIDER_LONG, OURS)
ALL: Final = (*DEPLOYED, WATCHED)


def named(name: str) -> Variant:
    """
    Raises:
        KeyError: There is none of that name.
    """
    return {variant.name: variant for variant in ALL}[name]
