"""
Ways to rewrite a table. Each does the same work: read every order, write whether it is paid as its status.

A contender is used as its documentation shows, with its own scan, its own types and its defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final


@dataclass(frozen=True)
class Contender:
    """
    Attributes:
        name: One word, or a few with hyphens.
        title: For tables and charts.
        module: Where its function is; imported only in the process that measures it.
        function: Takes the endpoint and the table's name.
        cost: Microseconds of the processor's time an item, more or less: how many items are enough to measure it.
        delayed_rate: Items a second where the stub has latency, more or less, for the same purpose.
        guarded: Whether each write is conditional on the item being as it was read.
        waits: Whether it sends a request only when the one before it is answered.
    """

    name: str
    title: str
    module: str
    function: str
    cost: float
    delayed_rate: float
    guarded: bool = False
    waits: bool = False

    @property
    def is_ours(self) -> bool:
        return self.module == "ours"

    def load(self) -> Callable[[str, str], object]:
        function: Callable[[str, str], object] = getattr(import_module(f"{__name__}.{self.module}"), self.function)
        return function


PUT_ITEM: Final = Contender("put-item", "boto3 resource, put_item", "resource", "put_item", 1000, 150, waits=True)
UPDATE_ITEM: Final = Contender(
    "update-item", "boto3 resource, update_item", "resource", "update_item", 900, 150, guarded=True, waits=True
)
CLIENT_UPDATE_ITEM: Final = Contender(
    "client-update-item", "boto3 client, update_item", "client", "update_item", 750, 150, guarded=True, waits=True
)
BATCH_WRITER: Final = Contender(
    "batch-writer", "boto3 resource, batch_writer", "resource", "batch_writer", 300, 1_300, waits=True
)
BATCH_WRITER_THREADS: Final = Contender(
    "batch-writer-threads",
    "boto3 resource, batch_writer, 16 threads",
    "resource",
    "batch_writer_in_threads",
    350,
    12_000,
)
CLIENT_BATCH: Final = Contender(
    "client-batch", "boto3 client, batch_write_item", "client", "batch_write_item", 220, 1_500, waits=True
)
AIODYNAMO: Final = Contender("aiodynamo", "aiodynamo, batch_write", "aio", "batch_write", 70, 2_000, waits=True)
OUR_PUTS: Final = Contender("our-puts", "dynamigrate, whole puts", "ours", "puts", 30, 20_000)
OUR_UPDATES: Final = Contender(
    "our-updates", "dynamigrate, guarded updates", "ours", "updates", 30, 20_000, guarded=True
)

CONTENDERS: Final = (
    PUT_ITEM,
    UPDATE_ITEM,
    CLIENT_UPDATE_ITEM,
    BATCH_WRITER,
    BATCH_WRITER_THREADS,
    CLIENT_BATCH,
    AIODYNAMO,
    OUR_PUTS,
    OUR_UPDATES,
)


def named(name: str) -> Contender:
    """The contender of that name."""
    return next(one for one in CONTENDERS if one.name == name)
