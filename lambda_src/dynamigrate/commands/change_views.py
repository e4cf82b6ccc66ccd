"""What answers say of the life of a change: what was found in the data, what a migration waits for, what is deployed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..clock import timestamp
from ..gate import Unmet, ready_at
from ..records import Application
from ..verification import Verification
from .answers import AnswerObject


def verification_view(found: Verification) -> AnswerObject:
    """What a look over the data found."""
    low, high = found.interval
    return {
        "clean": found.clean,
        "would_change": found.would_change,
        "checked": found.checked,
        "total": found.total,
        # Of all items, the share that would change, with 95 % confidence.
        **({} if found.whole else {"interval": [round(low, 6), round(high, 6)]}),
        "mode": found.mode,
        **({"failed": found.failed} if found.failed else {}),
        **({"unsettled": found.unsettled, "note": found.about_unsettled} if found.unsettled else {}),
        **({"settled": found.settled} if found.settled else {}),
        **({"passes": found.passes} if found.passes > 1 else {}),
        **({"keys": [_key(one) for one in found.keys]} if found.keys else {}),
        "at": found.at,
        "run_id": found.run_id,
        **({"app_version": found.app_version} if found.app_version else {}),
    }


def verified_view(found: Verification) -> AnswerObject:
    """The same in a row of many: where nothing was found, only that, of how many items and when."""
    told = verification_view(found)
    if found.clean:
        told = {name: told[name] for name in ("clean", "checked", "total", "mode", "settled", "at") if name in told}
    return told


def _key(text: str) -> Any:
    """An item's key as it is, because the console shows the quotes of a text escaped."""
    try:
        return json.loads(text, parse_float=_exact)
    except ValueError:
        return text


def _exact(text: str) -> float | str:
    """A number that a float can't hold stays a text."""
    number = float(text)
    return number if repr(number) == text else text


def waits_view(missing: Sequence[Unmet]) -> AnswerObject:
    """What a migration waits for, and when time alone will have brought it; nothing where it waits for nothing."""
    if not missing:
        return {}
    at = ready_at(missing)
    return {"waits_for": [str(one) for one in missing], **({} if at is None else {"ready_at": timestamp(at)})}


def application_view(application: Application) -> AnswerObject:
    """The application that is deployed."""
    return {
        "deployed_at": application.at,
        "deploy_id": application.deploy_id,
        **({"app_version": application.app_version} if application.app_version else {}),
    }
