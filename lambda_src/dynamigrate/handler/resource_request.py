"""Where `cloudformation.request` was, for one release: programs that show a fault import it from here."""

from .cloudformation.request import ResourceRequest

__all__ = ["ResourceRequest"]
