"""
Ways to rewrite a table. Each does the same work: read every order, write whether it is paid as its status.

A contender is used as its documentation shows, with its own scan, its own types and its defaults. The floors are not
tools, but what is left when all that makes one is taken away.
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
        module: Where its function is, imported only in the process that measures it; ``go``: it is a program in Go,
            which knows it by its name.
        function: Takes the endpoint and the table's name.
        cost: Microseconds of the processor's time an item, more or less: how many items are enough to measure it.
        delayed_rate: Items a second where the stub has latency, more or less, for the same purpose.
        guarded: Whether each write is conditional on the item being as it was read.
        waits: Whether it sends a request only when the one before it is answered.
        floor: Whether it is no tool.
    """

    name: str
    title: str
    module: str
    function: str
    cost: float
    delayed_rate: float = 0
    guarded: bool = False
    waits: bool = False
    floor: bool = False

    @property
    def is_ours(self) -> bool:
        return self.module == "ours"

    @property
    def is_go(self) -> bool:
        return self.module == "go"

    def load(self) -> Callable[[str, str], object]:
        """Of one that is a function in Python."""
        function: Callable[[str, str], object] = getattr(import_module(f"{__name__}.{self.module}"), self.function)
        return function


PUT_ITEM: Final = Contender("put-item", "boto3 resource, put_item", "resource", "put_item", 1000, 150, waits=True)
UPDATE_ITEM: Final = Contender(
    "update-item", "boto3 resource, update_item", "resource", "update_item", 900, guarded=True, waits=True
)
CLIENT_UPDATE_ITEM: Final = Contender(
    "client-update-item", "boto3 client, update_item", "client", "update_item", 750, guarded=True, waits=True
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
    1_700,
)
CLIENT_BATCH: Final = Contender(
    "client-batch", "boto3 client, batch_write_item", "client", "batch_write_item", 220, 1_500, waits=True
)
CLIENT_STATEMENTS: Final = Contender(
    "client-statements",
    "boto3 client, batch_execute_statement",
    "client",
    "batch_execute_statement",
    140,
    1_500,
    guarded=True,
    waits=True,
)
AIODYNAMO: Final = Contender("aiodynamo", "aiodynamo, batch_write", "aio", "batch_write", 70, 2_000, waits=True)
PYDYNOX: Final = Contender("pydynox", "pydynox, SyncBatchWriter", "rust", "batch_write", 40, 2_000, waits=True)
OUR_PUTS: Final = Contender("our-puts", "dynamigrate, whole puts", "ours", "puts", 30, 20_000)
OUR_WHOLE_UPDATES: Final = Contender(
    "our-whole-updates", "dynamigrate, guarded, all read", "ours", "updates_of_whole_items", 25, guarded=True
)
OUR_UPDATES: Final = Contender(
    "our-updates", "dynamigrate, guarded updates", "ours", "updates", 16, 20_000, guarded=True
)
OUR_LOOK: Final = Contender("our-look", "dynamigrate, a look at what was written", "ours", "look", 8)
GO_MAP_PUTS: Final = Contender("go-sdk-map-puts", "Go SDK, BatchWriteItem, map[string]any", "go", "", 30)
GO_PUTS: Final = Contender("go-sdk-puts", "Go SDK, BatchWriteItem, raw values", "go", "", 18)
GO_MAP_UPDATES: Final = Contender(
    "go-sdk-map-updates", "Go SDK, statements, map[string]any", "go", "", 25, guarded=True
)
GO_UPDATES: Final = Contender("go-sdk-updates", "Go SDK, statements, raw values", "go", "", 14, guarded=True)
GO_PROJECTED: Final = Contender("go-sdk-projected", "Go SDK, statements, projection by hand", "go", "", 7, guarded=True)
GO_PUTS_32: Final = Contender("go-sdk-puts-32", "Go SDK, BatchWriteItem, 32 goroutines", "go", "", 23, 25_000)
GO_UPDATES_32: Final = Contender(
    "go-sdk-updates-32", "Go SDK, statements, 32 goroutines", "go", "", 18, 25_000, guarded=True
)
FLOOR_PUTS: Final = Contender("floor-puts", "floor in Python, puts", "floor", "puts", 22, floor=True)
FLOOR_UPDATES: Final = Contender(
    "floor-updates", "floor in Python, statements", "floor", "updates", 10, guarded=True, floor=True
)
GO_FLOOR_PUTS: Final = Contender("go-floor-puts", "floor in Go, puts", "go", "", 3, floor=True)
GO_FLOOR_UPDATES: Final = Contender(
    "go-floor-updates", "floor in Go, statements", "go", "", 3, guarded=True, floor=True
)

CONTENDERS: Final = (
    PUT_ITEM,
    UPDATE_ITEM,
    CLIENT_UPDATE_ITEM,
    BATCH_WRITER,
    BATCH_WRITER_THREADS,
    CLIENT_BATCH,
    CLIENT_STATEMENTS,
    AIODYNAMO,
    PYDYNOX,
    OUR_PUTS,
    OUR_WHOLE_UPDATES,
    OUR_UPDATES,
    OUR_LOOK,
    GO_MAP_PUTS,
    GO_PUTS,
    GO_MAP_UPDATES,
    GO_UPDATES,
    GO_PROJECTED,
    GO_PUTS_32,
    GO_UPDATES_32,
    FLOOR_PUTS,
    FLOOR_UPDATES,
    GO_FLOOR_PUTS,
    GO_FLOOR_UPDATES,
)


def named(name: str) -> Contender:
    """The contender of that name."""
    return next(one for one in CONTENDERS if one.name == name)
