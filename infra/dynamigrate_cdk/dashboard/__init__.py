"""What an operator looks at: a dashboard, its graphs, and the live table of migrations."""

from __future__ import annotations

from .own_dashboard import OwnDashboard

__all__ = ["OwnDashboard"]
