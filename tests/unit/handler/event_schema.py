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
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
        return [f"{where} is {value!r}"]
    found = [f"{where} is {value!r}"] if "const" in schema and value != schema["const"] else []
    found += [f"{where} is {value!r}"] if "enum" in schema and value not in schema["enum"] else []
    for number, one in enumerate(value) if "items" in schema else ():
        found += faults(one, schema["items"], f"{where}[{number}]")
    properties: dict[str, Any] = schema.get("properties", {})
    if "properties" in schema:
        found += [f"{where} lacks {name}" for name in schema.get("required", ()) if name not in value]
        found += [f"{where} has {name}" for name in value if name not in properties]
        for name in value.keys() & properties.keys():
            found += faults(value[name], properties[name], f"{where}.{name}")
    return found
