"""
What a dashboard shows of a history: the answers of ``status`` and ``history`` in, HTML out.

It looks at nothing itself and knows no service: whoever has the answers passes them in. All text in them is shown as text,
whatever it is; none of it becomes markup.
"""

from __future__ import annotations

from .description import DESCRIPTION
from .page import fault, page
from .parameters import Parameters, region_of
from .viewer import Viewer

__all__ = ["DESCRIPTION", "Parameters", "Viewer", "fault", "page", "region_of"]
