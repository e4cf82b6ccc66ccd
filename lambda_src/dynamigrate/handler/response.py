"""Where `cloudformation.response` was, for one release: programs that show a fault import it from here."""

from .cloudformation.response import Answer

__all__ = ["Answer"]
