"""Writes that take a request of their own."""

from __future__ import annotations

import secrets

from botocore.exceptions import ClientError

from ..capacity.rate_limiter import Reservation
from ..errors import BackfillError, Unwritable
from ..sender import RequestSender
from ..service_errors import CONFLICT, code_of, is_about_items, refusal, words
from ..table import Table
from .item_writes import Attempt, ConditionalWrite, Rejected, WriteResult
from .partiql import action

# A conditional attempt and what became of it.
_Attempt = Attempt[ConditionalWrite]
_Result = WriteResult[ConditionalWrite]


class SingleWrites:
    """Writes that PartiQL can't say, and those that have to be made together with others."""

    def __init__(self, sender: RequestSender, table: Table) -> None:
        self._sender = sender
        self._table = table

    def write(self, attempt: _Attempt, reservation: Reservation | None = None) -> _Result:
        """
        Send *attempt*, with the actions on other items that belong to it.

        Args:
            reservation: Waited for already.

        Raises:
            BackfillError: The service refuses the request, whatever the time and the items.
            Stopping: The worker has to end.
        """
        write = attempt.write
        try:
            kind, arguments = action(self._table.name, self._table.keys, write)
        except Unwritable as error:
            return WriteResult(rejected=[Rejected(attempt, f"can't be written: {error.message}", error)])
        try:
            if write.others is None:
                self._sender.write(f"{kind}Item", arguments, 1, reservation)
            else:
                self._require_transactions()
                request = {
                    "TransactItems": [{kind: arguments}, *write.others],
                    # Sent again, it is the same transaction, whether or not the first was carried out.
                    "ClientRequestToken": secrets.token_hex(16),
                }
                self._sender.write("TransactWriteItems", request, 2 * (1 + len(write.others)), reservation)
        except ClientError as error:
            return self._refused(attempt, error)
        return WriteResult(acknowledged=[attempt])

    def _require_transactions(self) -> None:
        if self._table.strong:
            raise BackfillError(
                f"The table {self._table.name} is a global table of strong consistency (MRSC), whose items the service "
                "takes into no transaction: transform can't have other items written together with its own there.",
                next_step="Return one change for each item, and write other items in a backfill or a migration of their own.",
            )

    def _refused(self, attempt: _Attempt, error: ClientError) -> _Result:
        others = attempt.write.others
        reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())]
        if (reasons[0] if reasons else code_of(error)) in CONFLICT:
            return WriteResult(conflicted=[attempt])
        if reasons or is_about_items(error):
            what = "was refused" if others is None else "led to a transaction that was refused"
            return WriteResult(rejected=[Rejected(attempt, f"{what}: {words(error)}", error)])
        tables = [self._table.name, *(next(iter(one.values()))["TableName"] for one in others or ())]
        raise refusal(error, *dict.fromkeys(tables)) from error
