"""Waiting for tables and indexes, and the few changes of a table that a migration can make itself."""

from __future__ import annotations

from .errors import SchemaError
from .indexes import create_index, delete_index, wait_for_index
from .tables import wait_for_table
from .time_to_live import enable_ttl

__all__ = ["SchemaError", "create_index", "delete_index", "enable_ttl", "wait_for_index", "wait_for_table"]
