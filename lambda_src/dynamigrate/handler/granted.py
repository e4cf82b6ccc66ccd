"""What the construct granted to this function, as far as a denial of it is taken for one that passes."""

from __future__ import annotations

from ..contract.grants import (
    ALARMS_ACTION,
    CREATE_ACTION,
    HISTORY_ACTIONS,
    ITEM_ACTIONS,
    KEY_ACTIONS,
    LOCK_ACTIONS,
    RESTORE_ACTION,
    STACK_ACTION,
)
from ..transport.denial import Denial
from .settings import Settings


class Granted:
    """
    Tells what was granted by the settings alone, so that nobody has to be asked.

    Permissions that a team gave the role itself are not known here. Nor is it known which tables have keys of their
    own: the use of a key counts as granted where the request is about a table on which something was.
    """

    def __init__(self, settings: Settings) -> None:
        extra = (CREATE_ACTION,) if settings.makes_state else ()
        looked_at = () if settings.restore_point == "none" else (RESTORE_ACTION,)
        on_tables = frozenset((*ITEM_ACTIONS, *KEY_ACTIONS, *looked_at))
        self._actions = dict.fromkeys(settings.tables.values(), on_tables)
        self._actions[settings.table_name] = frozenset((*HISTORY_ACTIONS, *KEY_ACTIONS, *extra))
        self._actions[settings.lock_table_name] = frozenset((*LOCK_ACTIONS, *KEY_ACTIONS, *extra))

    def __call__(self, denial: Denial) -> bool:
        # Alarms are asked for only where a backfill names some; those whose names the construct could not read may not be
        # granted, which is then told somewhat later.
        if denial.action in (STACK_ACTION, ALARMS_ACTION):
            return True
        if not denial.tables:
            return False
        # Where the service did not say which of a transaction's tables it was about, none may be a stranger, and the
        # action is granted on one of them.
        granted = [self._actions.get(table) for table in denial.tables]
        return all(one is not None for one in granted) and any(denial.action in one for one in granted if one)
