"""A struct's JSON schema, in the strict form that structured output requires.

Endpoints that guarantee a schema support a subset of JSON Schema (OpenAI's structured outputs, "Supported schemas";
llama.cpp's grammars are similar): every object closed, every field required, no defaults, few keywords. What is dropped
here (lengths, patterns with look-around) is checked when the answer is decoded.
"""

from functools import cache
from typing import Any

import msgspec

_KEPT = frozenset({"$ref", "anyOf", "const", "description", "enum", "format", "items", "pattern", "type"}) | {
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems")
}
_TYPES = {str: "string", int: "integer", type(None): "null"}


@cache
def strict_schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Made once per struct; do not modify it.

    Raises `TypeError` for what has no strict schema: mappings with free keys, tuples of mixed types, `Any`.
    """
    try:
        (root,), parts = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    except (TypeError, ValueError) as error:
        raise TypeError(f"{struct.__name__}: {error}") from error
    defs = {part: _strict(schema, where=part) for part, schema in parts.items()}
    # The root must be an object, not a reference to one.
    whole = msgspec.json.encode(defs).decode()
    used = {part: schema for part, schema in defs.items() if f'"#/$defs/{part}"' in whole}
    return defs[root["$ref"].rpartition("/")[2]] | ({"$defs": used} if used else {})


def _strict(schema: dict[str, Any], *, where: str) -> dict[str, Any]:
    if "prefixItems" in schema or not schema.keys() & {"$ref", "anyOf", "const", "enum", "type"}:
        raise TypeError(f"{where}: a strict schema has no tuples of mixed types and no values of any type")
    strict = {word: value for word, value in schema.items() if word in _KEPT}
    if "(?" in strict.get("pattern", ""):
        del strict["pattern"]
    if "enum" in strict:
        types = sorted({_TYPES[type(value)] for value in strict["enum"]})
        strict["type"] = types[0] if len(types) == 1 else types
    if "anyOf" in strict:
        strict["anyOf"] = [_strict(each, where=where) for each in strict["anyOf"]]
    if "items" in strict:
        strict["items"] = _strict(strict["items"], where=where)
    if schema.get("type") == "array" and "items" not in strict:
        raise TypeError(f"{where}: a strict schema has no lists of any type")
    if schema.get("type") == "object":
        if "properties" not in schema:
            raise TypeError(f"{where}: a strict schema has no mappings with free keys")
        strict["properties"] = {
            name: _strict(value, where=f"{where}.{name}") for name, value in schema["properties"].items()
        }
        strict["required"] = list(schema["properties"])
        strict["additionalProperties"] = False
    return strict
