"""Changes that take a request of their own."""

from __future__ import annotations

import secrets

from botocore.exceptions import ClientError

from ..acknowledgements import Acknowledgements
from ..capacity.rate_limiter import Reservation
from ..codes import CONFLICT, code_of, is_about_items
from ..errors import BackfillError, Unwritable
from ..sender import RequestSender
from ..service_errors import refusal, words
from ..table import Table
from .conflict import Conflicts
from .partiql import ConditionalWrite, action


class SingleWrites:
    """What PartiQL can't say, and what has to be written together with other items."""

    def __init__(
        self, sender: RequestSender, table: Table, acknowledgements: Acknowledgements, conflicts: Conflicts
    ) -> None:
        self._sender = sender
        self._table = table
        self._acknowledgements = acknowledgements
        self._conflicts = conflicts

    def send(self, change: ConditionalWrite, turn: Reservation | None = None) -> None:
        """
        Write *change*, with its others; in *turn*, if that was waited for.

        Raises:
            BackfillError: It can't be written.
            Stopping: The worker has to end.
        """
        try:
            kind, arguments = action(self._table.name, self._table.keys, change)
        except Unwritable as error:
            self._acknowledgements.give_up(change, f"can't be written: {error.message}", error)
            return
        try:
            if change.others is None:
                self._sender.write(f"{kind}Item", arguments, 1, turn)
            else:
                self._require_transactions()
                request = {
                    "TransactItems": [{kind: arguments}, *change.others],
                    # Sent again, it is the same transaction, whether or not the first was carried out.
                    "ClientRequestToken": secrets.token_hex(16),
                }
                self._sender.write("TransactWriteItems", request, 2 * (1 + len(change.others)), turn)
        except ClientError as error:
            self._refused(change, error)
            return
        self._sender.passed()
        self._acknowledgements.done([change])

    def _require_transactions(self) -> None:
        if self._table.strong:
            raise BackfillError(
                f"The table {self._table.name} is a global table of strong consistency (MRSC), whose items the service "
                "takes into no transaction: transform can't have other items written together with its own there.",
                next_step="Return one change for each item, and write other items in a backfill or a migration of their own.",
            )

    def _refused(self, change: ConditionalWrite, error: ClientError) -> None:
        others = change.others or ()
        reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())]
        if (reasons[0] if reasons else code_of(error)) in CONFLICT:
            self._conflicts.met(change)
        elif reasons or is_about_items(error):
            what = "was refused" if change.others is None else "led to a transaction that was refused"
            self._acknowledgements.give_up(change, f"{what}: {words(error)}", error)
        else:
            tables = [self._table.name, *(next(iter(one.values()))["TableName"] for one in others)]
            raise refusal(error, *dict.fromkeys(tables)) from error
