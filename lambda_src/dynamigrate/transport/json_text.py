"""JSON, by the fastest means at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from typing import Any

# A text as JSON has it, in quotes and in ASCII.
quoted = encode_basestring_ascii

# The value that begins at a place in a text, and where it ends. `raw_decode` calls this, and gives its error another name.
scan_value: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

try:
    # A native library, which a Lambda asset made on any machine can't carry; where it is installed, it is used.
    import orjson  # type: ignore[import-not-found, unused-ignore]
except ImportError:

    def dumps(value: Any) -> bytes:
        return _encode(value).encode("ascii")

    def loads(text: bytes) -> Any:
        return json.loads(text)

else:

    def dumps(value: Any) -> bytes:
        try:
            text: bytes = orjson.dumps(value)
        except TypeError:
            # Half of a surrogate pair, which the standard library lets pass.
            return _encode(value).encode("ascii")
        return text

    def loads(text: bytes) -> Any:
        try:
            return orjson.loads(text)
        except ValueError:
            # The same.
            return json.loads(text)
