"""A logger that never raises, whatever it is given and however logging was set up."""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from .error_text import describe_error, printable, safe_repr
from .log import TAKEN, log_event

if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[Any]
else:
    _Adapter = logging.LoggerAdapter


class SafeLogger(_Adapter):
    """
    Passes lines on to *logger*. Of a line whose text can't be made, it logs what can be, with a warning the first time.
    A line that can't be written is left out: that is no reason for a migration to fail.

    All else that it is asked for is *logger*'s, and both are equal.
    """

    def __init__(self, logger: Any) -> None:
        super().__init__(logger, {})
        self._warned = False

    def __getattr__(self, name: str) -> Any:
        if name == "logger":
            raise AttributeError(name)
        return getattr(self.logger, name)

    def __eq__(self, other: object) -> bool:
        return bool(self.logger == (other.logger if isinstance(other, SafeLogger) else other))

    def __hash__(self) -> int:
        return hash(self.logger)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Leave the line as it is: `LoggerAdapter` would put its own fields in place of the line's."""
        return msg, kwargs

    def log(self, level: Any, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a line, as `logging.Logger.log` does; raises nothing but `KeyboardInterrupt`."""
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1 if isinstance(kwargs.get("stacklevel", 1), int) else 2
        try:
            # Handlers would drop the line that has no text, each in its own way.
            text = str(msg)
            if args:
                text % (args[0] if len(args) == 1 and isinstance(args[0], Mapping) and args[0] else args)
            self.logger.log(level, msg, *args, **kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - see above
            self._say_what_can_be(level, msg, args, kwargs, error)

    def _say_what_can_be(
        self, level: Any, msg: object, args: tuple[object, ...], kwargs: dict[str, Any], error: BaseException
    ) -> None:
        extra = kwargs.get("extra")
        fields = extra if isinstance(extra, Mapping) else {}
        told = {
            f"{printable(name, 100)}{'_' if name in TAKEN else ''}": value
            if isinstance(value, str | int | float | bool | None)
            else safe_repr(value)
            for name, value in fields.items()
        }
        text = printable(msg) + (f" {safe_repr(args)}" if args else "")
        try:
            self.logger.log(level if isinstance(level, int) else logging.INFO, "%s", text, extra=told, stacklevel=3)
            if not self._warned:
                self._warned = True
                why = describe_error(error)
                sentence = f"A line could not be logged as it was given: {why}."
                log_event(self.logger, logging.WARNING, "log.line_not_made", sentence, error=why, line=text[:200])
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001
            # A handler that raises for every line: there is nobody to tell.
            return


def safe_logger(logger: Any) -> Any:
    """*logger* as one that raises nothing; where it is not of logging's kind, *logger* itself."""
    if isinstance(logger, SafeLogger) or not isinstance(logger, logging.Logger | logging.LoggerAdapter):
        return logger
    return SafeLogger(logger)
