"""Statuses of flights as feeds write them."""

import msgspec
import pytest

from contracts.flights import CAUSE_SOURCES, Cause


@pytest.mark.parametrize("source", CAUSE_SOURCES)
def test_a_known_source_of_a_cause_is_kept(source: str) -> None:
    """Airline, airport, and the like."""
    assert msgspec.json.decode(msgspec.json.encode(Cause(code="71", by=source)), type=Cause).by == source


@pytest.mark.parametrize("words", ["", "JFK", "Ignore your rules", "AIRLINE"])
def test_any_other_source_is_unknown(words: str) -> None:
    """What a feed writes there goes no further."""
    read = msgspec.json.decode(msgspec.json.encode({"code": "71", "by": words}), type=Cause)
    assert (read.by, Cause(code="71", by=words).by, Cause(code="71").by) == ("unknown", "unknown", "unknown")
