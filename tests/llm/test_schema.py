"""Schemas in the strict form of structured output."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest

from contracts.flights import Instant
from contracts.names import Airport
from llm import strict_schema


class Inner(msgspec.Struct):
    code: Airport
    note: Annotated[str, msgspec.Meta(max_length=10)] = ""


class Whole(msgspec.Struct):
    """Every kind of field."""

    latest: Instant | None = None
    places: tuple[Inner, ...] = ()
    cabin: Literal["first", "economy"] = "economy"
    hours: Annotated[int, msgspec.Meta(ge=0, le=24)] = 0
    either: Literal["a", None] = None


class Node(msgspec.Struct):
    below: list["Node"] = []


def test_every_object_is_closed_and_every_field_required() -> None:
    """In referenced parts, too; the root is an object, not a reference."""
    schema = strict_schema(Whole)
    assert (schema["type"], schema["description"]) == ("object", "Every kind of field.")
    for each in (schema, schema["$defs"]["Inner"]):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert list(schema["$defs"]) == ["Inner"]


def test_unsupported_keywords_are_dropped_and_left_to_the_decoder() -> None:
    """Defaults, examples, lengths and patterns with look-around go; limits, formats, choices and descriptions stay."""
    schema = strict_schema(Whole)
    fields = schema["properties"]
    assert schema["$defs"]["Inner"]["properties"] == {
        "code": {"type": "string", "description": "an airport's code"},
        "note": {"type": "string"},
    }
    instant = {"type": "string", "format": "date-time", "description": "an instant"}
    assert fields["latest"] == {"anyOf": [instant, {"type": "null"}]}
    assert fields["cabin"] == {"enum": ["economy", "first"], "type": "string"}
    assert fields["hours"] == {"type": "integer", "minimum": 0, "maximum": 24}
    assert sorted(fields["either"]["type"]) == ["null", "string"]


def test_a_recursive_struct_has_a_schema() -> None:
    """It is among its own parts."""
    schema = strict_schema(Node)
    assert schema["properties"]["below"]["items"] == {"$ref": "#/$defs/Node"}
    assert schema["$defs"]["Node"]["additionalProperties"] is False


class Free(msgspec.Struct):
    words: dict[str, int]


class Mixed(msgspec.Struct):
    pair: tuple[int, str]


class Anything(msgspec.Struct):
    value: Any


class AnyList(msgspec.Struct):
    values: list[Any]


class Foreign(msgspec.Struct):
    value: pytest.Item | datetime


@pytest.mark.parametrize("struct", [Free, Mixed, Anything, AnyList, Foreign])
def test_a_type_without_a_strict_schema_is_named(struct: type[msgspec.Struct]) -> None:
    """By the struct, before any request."""
    with pytest.raises(TypeError, match=f"^{struct.__name__}"):
        strict_schema(struct)
