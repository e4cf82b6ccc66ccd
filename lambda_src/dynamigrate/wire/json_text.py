"""JSON, by the fastest means at hand."""

from __future__ import annotations

import json
from typing import Any

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
        return orjson.loads(text)
