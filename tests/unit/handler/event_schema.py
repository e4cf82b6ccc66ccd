"""The documented schema of lifecycle events, as far as it is used: enough of JSON Schema to hold details to it."""

import json
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).resolve().parents[3] / "docs/reference/events.schema.json"
SCHEMAS: Final[dict[str, dict[str, Any]]] = json.loads(PATH.read_text(encoding="utf-8"))["$defs"]
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


def faults(value: Any, schema: dict[str, Any], where: str = "detail") -> list[str]:
    """What of *value* is not as *schema* has it."""
    known = {"type", "const", "enum", "items", "properties", "required", "additionalProperties", "format"}
    assert schema.keys() <= known, f"{where}: this does not know {schema.keys() - known}"
    kinds = _TYPES[schema["type"]] if "type" in schema else (object,)
    # A flag is an int to Python, and none to JSON.
    is_one = isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds or object in kinds)
    if not is_one or value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return [f"{where} is {value!r}"]
    found: list[str] = []
    for number, one in enumerate(value if "items" in schema else ()):
        found += faults(one, schema["items"], f"{where}[{number}]")
    if (properties := schema.get("properties")) is not None:
        found += [f"{where} lacks {name}" for name in schema.get("required", ()) if name not in value]
        found += [f"{where} has {name}" for name in value if name not in properties]
        for name in value.keys() & properties.keys():
            found += faults(value[name], properties[name], f"{where}.{name}")
    return found
