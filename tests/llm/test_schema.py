"""Schemas as structured output wants them."""

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
    """All that can be wished."""

    latest: Instant | None = None
    places: tuple[Inner, ...] = ()
    cabin: Literal["first", "economy"] = "economy"
    hours: Annotated[int, msgspec.Meta(ge=0, le=24)] = 0
    either: Literal["a", None] = None


class Node(msgspec.Struct):
    below: list["Node"] = []


def test_every_object_is_closed_and_every_field_required() -> None:
    """Also in the parts that are referred to; the root is an object itself."""
    schema = strict_schema(Whole)
    assert (schema["type"], schema["description"]) == ("object", "All that can be wished.")
    for each in (schema, schema["$defs"]["Inner"]):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert list(schema["$defs"]) == ["Inner"]


def test_what_endpoints_do_not_take_is_left_to_the_decoder() -> None:
    """Defaults, examples, lengths and patterns with look-around; limits, formats, choices and descriptions stay."""
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


def test_a_struct_that_holds_itself_has_a_schema() -> None:
    """It is then among the parts as well."""
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
def test_what_has_no_strict_schema_is_named(struct: type[msgspec.Struct]) -> None:
    """By type, before anything is asked."""
    with pytest.raises(TypeError, match=f"^{struct.__name__}"):
        strict_schema(struct)
