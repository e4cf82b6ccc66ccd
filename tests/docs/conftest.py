"""The front door, as the handler's own tests have it."""

from tests.unit.handler.conftest import clean_logging, front, logs, server, stream

__all__ = ["clean_logging", "front", "logs", "server", "stream"]
