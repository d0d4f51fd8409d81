"""`say`: once each, whatever was said before."""

from nats.aio.client import Client

from bus import Bus, Fact
from contracts.flights import FLIGHT_CHANGED
from tests.bus.bus_world import changed, echoed, stored


def facts(numbers: range) -> list[Fact]:
    return [Fact(FLIGHT_CHANGED.of(changed(n))) for n in numbers]


async def test_what_was_said_before_is_left_out_and_the_rest_is_said(bus: Bus, nc: Client) -> None:
    """1,200 facts, of which 700 had been said, here and there."""
    before = [f for n in range(0, 1200, 12) for f in facts(range(n, n + 7))]
    await bus.emit_once(before)
    assert await stored(nc, "FLIGHTS") == 700
    await bus.emit_once(facts(range(1200)))
    assert await stored(nc, "FLIGHTS") == 1200
    assert await echoed(bus, range(1200))


async def test_a_fact_named_twice_is_said_once(bus: Bus, nc: Client) -> None:
    """Two causes in one group may lead to the same fact."""
    await bus.emit_once(facts(range(3)) + facts(range(5)))
    assert await stored(nc, "FLIGHTS") == 5


async def test_saying_nothing_new_writes_nothing(bus: Bus, nc: Client) -> None:
    """Nor does it claim to have written."""
    await bus.emit_once(facts(range(5)))
    other = Bus(nc, source="other")
    await other.emit_once(facts(range(5)))
    assert await stored(nc, "FLIGHTS") == 5
    assert other.written == {}
