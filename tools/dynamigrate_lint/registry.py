"""The rules there are, in the order of their codes."""

from __future__ import annotations

from typing import Final

from .rule import Rule
from .rules.clients import CLIENT_AT_IMPORT
from .rules.excepts import LOST_FAILURE, SWALLOWED_STOP
from .rules.files import DUPLICATE_ID, OUT_OF_ORDER, UNREADABLE, VAIN_COMMENT
from .rules.granted import UNKNOWN_TABLE
from .rules.in_place import CHANGED_IN_PLACE
from .rules.outside import OUTSIDE_WORLD
from .rules.puts import UNCONDITIONAL_PUT
from .rules.scans import FIRST_PAGE_ONLY, UNBOUNDED_SCAN
from .rules.settling import UNSETTLED
from .rules.tables import DELETED_TABLE
from .rules.undos import MISSING_UNDO
from .rules.values import UNREPEATABLE, UNREPEATABLE_TRANSFORM

RULES: Final[tuple[Rule, ...]] = (
    UNREADABLE,
    DUPLICATE_ID,
    OUT_OF_ORDER,
    VAIN_COMMENT,
    UNREPEATABLE,
    UNBOUNDED_SCAN,
    UNCONDITIONAL_PUT,
    DELETED_TABLE,
    MISSING_UNDO,
    SWALLOWED_STOP,
    CLIENT_AT_IMPORT,
    UNKNOWN_TABLE,
    FIRST_PAGE_ONLY,
    LOST_FAILURE,
    CHANGED_IN_PLACE,
    UNSETTLED,
    OUTSIDE_WORLD,
    UNREPEATABLE_TRANSFORM,
)

__all__ = ["RULES", "UNREADABLE", "VAIN_COMMENT"]
