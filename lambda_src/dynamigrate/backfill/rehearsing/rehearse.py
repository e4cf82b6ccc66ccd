"""What a backfill would do with a sample of its table, and what all of it would cost."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from ...error_text import describe_error
from ...errors import LockLost, MigrationsError, StopRequested
from ...migration_function import failure_of
from ...rehearsal import RehearsalOrder, Rehearsed
from ...transport.boto import BotoTransport
from ...transport.page import NoPage, with_texts
from ..alarm_check import alarm_before, check_alarms
from ..capacity.budgets import Budgets
from ..control import RunControl
from ..cost.cost import told_cost
from ..errors import ItemRefused
from ..learning import NotRead
from ..options import Options
from ..pages import Pages
from ..reader import PageSize
from ..reading_context import ReadingContext
from ..segment import Segment
from ..service_errors import refusal
from ..table import Table
from ..usable_table import check_table
from ..values.codec import AttributeValue
from ..verify.draw import Draw
from ..workers import WorkerContext
from ..writing.item_writes import ConditionalWrite, UnconditionalWrite
from .item_views import refused_view, write_views

if TYPE_CHECKING:
    from ...context import Context
    from ...transport import Transport

# Of a sample: the first say what is done with all.
_MOST_SHOWN: Final = 20
_MOST_FAILURES: Final = 5
_PAGE_ITEMS: Final = 250
_DIGITS: Final = 38
_DELETE: Final = '{"DeleteRequest"'
_CUT: Final = "The sample ended before it was whole: {why}."
_HIDDEN: Final = "What it costs can't be estimated. Why is left out, as it may have a key in it."


def rehearse(options: Options, ctx: Context, order: RehearsalOrder) -> Rehearsed:
    """
    As `Backfill.rehearse` has it.

    Raises:
        BackfillError: There is no such table or index, or its alarms can't be read.
        LockLost, StopRequested: As transform raised it.
    """
    table = check_table(options, ctx)
    check_alarms(options, ctx)
    transport = BotoTransport(ctx.dynamodb, ctx.require_lock)
    # The threads that call transform otherwise have as many digits as DynamoDB keeps.
    with decimal.localcontext(decimal.Context(prec=_DIGITS)):
        cost = told_cost(options, ctx, table, transport)
        sample = _SampleLook(options, ctx, table, transport, order)
        sample.take()
    if sample.failed and options.on_error == "stop":
        sample.unknown.append(
            f"transform fails for {sample.failed} of the {sample.read} items of the sample, and the backfill would stop at the "
            "first such item."
        )
    if order.salt and "dollars" not in cost:
        cost["note"] = _HIDDEN
    return Rehearsed(
        cost=cost,
        sample=sample.view(),
        tables=_tables_in_all(cost, sample, table.name),
        writes_to=tuple(sample.written) or ((table.name,) if cost.get("would_change") else ()),
        unknown=tuple(sample.unknown),
    )


class _SampleLook:
    """
    Reads a sample, and notes what transform wants of it. Nothing is written, whatever that is.

    Attributes:
        written: By the name of each table that would be written to, how many items of it would be put or changed, and how
            many deleted.
        unknown: Why not all was looked at, in sentences.
    """

    def __init__(
        self, options: Options, ctx: Context, table: Table, transport: Transport, order: RehearsalOrder
    ) -> None:
        budgets = Budgets.of(options, table, ctx, segments=1)
        # What transform is given only reads, as this does.
        reading = cast("Context", ReadingContext(ctx))
        self._context = WorkerContext.of(
            options,
            reading,
            table,
            transport=transport,
            control=RunControl(ctx.runtime.clock),
            reads=budgets.reads,
            writes=budgets.writes,
            segments=1,
            batch=budgets.batch,
            learn=False,
        )
        self._ctx, self._table, self._order = ctx, table, order
        self._options = options
        self._pages = Pages(self._context.reader, self._context.sender())
        self.unknown: list[str] = []
        self._forget()

    def _forget(self) -> None:
        """Begin to count."""
        self.read = self.changed = self.failed = 0
        self._items: list[dict[str, Any]] = []
        self._failures: list[dict[str, Any]] = []
        self.written: dict[str, list[int]] = {}

    def take(self) -> None:
        """
        Read as many items as were ordered, as far as they can be read and there is time.

        Raises:
            LockLost, StopRequested: As transform raised it.
        """
        if why := self._held_up():
            self.unknown.append(_CUT.format(why=why))
            return
        draw = Draw(self._context.reader, sample=self._order.sample, expected=self._table.items)
        begun = draw.beginnings
        try:
            while (segment := draw.take()) is not None:
                if draw.beginnings > begun:
                    begun = draw.beginnings
                    self._forget()
                if why := self._look(segment):
                    self.unknown.append(_CUT.format(why=why))
                    return
        except (LockLost, StopRequested):
            raise
        except ClientError as error:
            self.unknown.append(_CUT.format(why=refusal(error, self._table.name).message.rstrip(".")))
        except MigrationsError as error:
            self.unknown.append(_CUT.format(why=error.message.rstrip(".")))
        except Exception as error:  # noqa: BLE001 - what was found until then is worth showing
            self.unknown.append(_CUT.format(why=describe_error(error).rstrip(".")))

    def _held_up(self) -> str:
        if alarm := alarm_before(self._options, self._ctx):
            return f"the alarm {alarm} is in ALARM"
        return ""

    def view(self) -> dict[str, Any]:
        """As an answer has it."""
        shown = [*self._failures, *self._items]
        return {"read": self.read, "would_change": self.changed, "failed": self.failed, "items": shown}

    def _look(self, segment: Segment) -> str:
        """Look at *segment*, or as much of it as it says; returns why it had to stop, in words; empty: it had not."""
        self._pages.begin(segment)
        size, after = PageSize(_PAGE_ITEMS), segment.after
        while True:
            if segment.most is not None:
                size.items = min(size.items, segment.most - segment.tally.scanned)
            try:
                answer, known = self._pages.read(segment, after, size)
                for raw, text in with_texts(answer["Items"]):
                    if (reason := self._ctx.stop_reason()) is not None:
                        return reason
                    self._ask(raw, known, text)
            except NoPage as error:
                raise self._pages.illegible(error) from error
            page = segment.open_page(answer.get("LastEvaluatedKey"))
            segment.ack(page)
            after = page.after
            if segment.is_enough:
                return ""

    def _ask(self, raw: dict[str, AttributeValue], known: frozenset[str] | None, text: str) -> None:
        self.read += 1
        transformer = self._context.transformer
        try:
            try:
                write = transformer.write_for(raw, known, text)
            except NotRead:
                whole = self._pages.whole(raw)
                raw, write = whole or raw, None if whole is None else transformer.write_for(whole)
        except ItemRefused as error:
            self._note_failure(raw, error)
            return
        if write is not None:
            self._note(raw, write)

    def _note_failure(self, raw: Mapping[str, AttributeValue], error: ItemRefused) -> None:
        self.failed += 1
        if len(self._failures) < _MOST_FAILURES:
            failure = failure_of(error, cast("Any", self._options.transform))
            self._failures.append(refused_view(raw, error, failure, self._table, self._order.salt))

    def _note(self, raw: Mapping[str, AttributeValue], write: ConditionalWrite | UnconditionalWrite) -> None:
        self.changed += 1
        find = partial(_by_name, self._context)
        for name, deletes in _writes(write, self._table):
            self.written.setdefault(name, [0, 0])[deletes] += 1
        if len(self._items) < _MOST_SHOWN:
            self._items.extend(write_views(raw, write, self._table, find, self._order.salt))


def _by_name(context: WorkerContext, name: str) -> Table | None:
    return context.transformer.other_items.known(name)


def _writes(write: ConditionalWrite | UnconditionalWrite, table: Table) -> list[tuple[str, bool]]:
    """The table of each write in it, and whether it deletes."""
    if isinstance(write, UnconditionalWrite):
        return [(write.table.name, write.text.startswith(_DELETE))]
    own = [(table.name, write.delete)] if write.delete or write.set or write.remove else []
    others = [(entry["TableName"], kind == "Delete") for action in write.others or () for kind, entry in action.items()]
    return own + others


def _tables_in_all(cost: Mapping[str, Any], sample: _SampleLook, own: str) -> dict[str, dict[str, float]]:
    """What would be done with each table in all, by the estimate, and by the share that each has of the sample."""
    if "items" not in cost:
        return {}
    units = dict(cost["write_units"])
    elsewhere = units.pop("other tables", 0)
    times = cost["would_change"] / sample.changed if sample.changed else 0.0
    tables: dict[str, dict[str, float]] = {
        name: {
            "items_read": 0,
            "items_written": round(times * written),
            "items_deleted": round(times * deleted),
            "read_units": 0,
            "write_units": 0,
        }
        for name, (written, deleted) in {own: [0, 0], **sample.written}.items()
    }
    tables[own] |= {"items_read": cost["items"], "read_units": cost["read_units"], "write_units": sum(units.values())}
    others = [name for name in tables if name != own]
    if elsewhere:
        # The estimate has it for all of them together.
        share = elsewhere / len(others) if others else 0
        for name in others:
            tables[name]["write_units"] = round(share, 1)
        if not others:
            tables[own]["write_units"] += elsewhere
    return tables
