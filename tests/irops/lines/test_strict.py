"""Messages that forbid what they do not know."""

import json
from typing import Any

import msgspec
import pytest

from contracts.ledger import Booking
from irops.lines.strict import strict
from tests.journeys.small_world import World


def booking() -> dict[str, Any]:
    """A booking of two flights, as it is written."""
    world = World()
    flights = world.flight(1, to="BOS", leaves=1, takes=1), world.flight(2, "BOS", leaves=5)
    plain: dict[str, Any] = json.loads(msgspec.json.encode(world.booking("ANA", *flights, remark="a wedding")))
    return plain


def test_what_forbids_unknown_fields_is_otherwise_the_same_message() -> None:
    """Defaults included."""
    line = booking()
    strictly = msgspec.convert(line, strict(Booking))
    assert msgspec.to_builtins(strictly) == msgspec.to_builtins(msgspec.convert(line, Booking))


@pytest.mark.parametrize("where", [(), ("party",), ("journeys", 0, "ticket"), ("journeys", 0, "legs", 1)], ids=str)
def test_an_unknown_field_is_forbidden_at_any_depth(where: tuple[str | int, ...]) -> None:
    """In lists, too."""
    line = booking()
    at: Any = line
    for step in where:
        at = at[step]
    at["beside"] = 1
    msgspec.convert(line, Booking)
    with pytest.raises(msgspec.ValidationError, match="beside"):
        msgspec.convert(line, strict(Booking))
