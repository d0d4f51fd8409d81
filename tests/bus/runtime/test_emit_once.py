"""`emit_once`: each fact once, whatever exists already."""

from nats.aio.client import Client

from bus import Bus, Fact
from contracts.flights import FLIGHT_CHANGED
from tests.bus.bus_world import changed, echoed, stored


def facts(numbers: range) -> list[Fact]:
    return [Fact(FLIGHT_CHANGED.of(changed(n))) for n in numbers]


async def test_existing_facts_are_left_out_and_the_others_emitted(bus: Bus, nc: Client) -> None:
    """1,200 facts, of which 700 exist already, in between."""
    before = [f for n in range(0, 1200, 12) for f in facts(range(n, n + 7))]
    await bus.emit_once(before)
    assert await stored(nc, "FLIGHTS") == 700
    await bus.emit_once(facts(range(1200)))
    assert await stored(nc, "FLIGHTS") == 1200
    assert await echoed(bus, range(1200))


async def test_a_fact_given_twice_is_emitted_once(bus: Bus, nc: Client) -> None:
    """Two messages of one group may lead to the same fact."""
    await bus.emit_once(facts(range(3)) + facts(range(5)))
    assert await stored(nc, "FLIGHTS") == 5


async def test_emitting_only_existing_facts_writes_nothing(bus: Bus, nc: Client) -> None:
    """And `Bus.written` stays as it was."""
    await bus.emit_once(facts(range(5)))
    other = Bus(nc, source="other")
    await other.emit_once(facts(range(5)))
    assert await stored(nc, "FLIGHTS") == 5
    assert other.written == {}
