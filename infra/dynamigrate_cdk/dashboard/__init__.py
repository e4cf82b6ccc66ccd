"""What an operator looks at: a dashboard, its graphs, and the live table of migrations."""

from __future__ import annotations

from .on_dashboards import OnDashboards

__all__ = ["OnDashboards"]
