"""What a million request units cost on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

# The month in which these were looked up, and where: the offer AmazonDynamoDB of the AWS Price List, as public notes quote
# it for that month (us-east-1, eu-west-1, eu-central-1), for May (us-east-2) and for September (ap-northeast-1). The page
# https://aws.amazon.com/dynamodb/pricing/on-demand/ has those of all Regions.
DATED: Final = "August 2026"
_BASE: Final = "us-east-1"
# Dollars a million request units: read, write. A replicated write costs what a write costs.
_STANDARD: Final[Mapping[str, tuple[float, float]]] = {
    "us-east-1": (0.125, 0.625),
    "us-east-2": (0.125, 0.625),
    "eu-west-1": (0.1415, 0.705),
    "eu-central-1": (0.1525, 0.7625),
    "ap-northeast-1": (0.1425, 0.715),
}
_INFREQUENT: Final[Mapping[str, tuple[float, float]]] = {
    "us-east-1": (0.155, 0.78),
    "us-east-2": (0.155, 0.78),
    "eu-west-1": (0.177, 0.885),
    "eu-central-1": (0.1905, 0.955),
}
_MILLION: Final = 1_000_000


class Priced(Protocol):
    """
    A table, as far as its price goes by it.

    Attributes:
        region: Where it is; empty: the service did not say.
        on_demand: Whether each request is paid for; else its capacity is, whether or not it is used.
        infrequent: Whether it is of the table class Standard-Infrequent Access.
    """

    @property
    def region(self) -> str: ...

    @property
    def on_demand(self) -> bool: ...

    @property
    def infrequent(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Prices:
    """
    Dollars a million request units.

    Attributes:
        source: Whose they are and of when, in words.
        free: The units are paid for whether or not they are used: the table's capacity is provisioned.
    """

    read: float
    write: float
    source: str
    free: bool = False

    @classmethod
    def of(cls, table: Priced, given: Mapping[str, float] | None = None) -> Prices:
        """Those of *table*: *given* ones, or its Region's, or those of us-east-1 where its Region's are not known here."""
        if given is not None:
            return cls(read=given["read"], write=given["write"], source="prices as given", free=not table.on_demand)
        known = _INFREQUENT if table.infrequent else _STANDARD
        region = table.region if table.region in known else _BASE
        read, write = known[region]
        of_class = " for Standard-IA" if table.infrequent else ""
        instead = "" if region == table.region else f", as those of {table.region or 'its Region'} are not known here"
        source = f"prices of {region}{of_class} of {DATED}{instead}"
        return cls(read=read, write=write, source=source, free=not table.on_demand)

    def dollars(self, *, reads: float, writes: float, copies: int) -> float:
        """What so many units cost; each write is made in so many *copies*, one in each Region that has the table."""
        if self.free:
            return 0.0
        return (reads * self.read + writes * copies * self.write) / _MILLION
