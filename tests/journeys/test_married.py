"""Flights that were sold as one, of which the carrier breaks one: the other is kept, or replaced, as any flight is."""

from pathlib import Path

from contracts.ledger import BookingStranded
from contracts.names import FlightKey
from tests.journeys.small_world import World
from tests.journeys.system import End, living, sound


def reasons(end: End) -> list[str]:
    """Why the party was answered, once for each fact about it."""
    return [fact.reason for fact in end.facts("ONE")]


def _through_chicago() -> tuple[World, FlightKey, FlightKey]:
    """A party on two flights that were sold as one. No seat on the first is free."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=1)
    second = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    world.party("ONE", first, second)
    world.marry("ONE")
    return world, first, second


async def test_a_party_whose_second_flight_is_cancelled_keeps_the_first(tmp_path: Path) -> None:
    world, first, second = _through_chicago()
    other = world.flight(3, "ORD", "SFO", leaves=11, takes=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, minute=1, cancelled=True))
        end = await system.end()
    assert end.trip("ONE") == [first, other]
    assert reasons(end) == ["cancelled"]


async def test_a_party_whose_first_flight_is_cancelled_keeps_the_second(tmp_path: Path) -> None:
    """Which is married to no flight any more."""
    world, first, second = _through_chicago()
    other = world.flight(3, "JFK", "ORD", leaves=6, takes=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, cancelled=True))
        end = await system.end()
    assert end.trip("ONE") == [other, second]
    assert reasons(end) == ["cancelled"]
    assert not any(leg.married for leg in end.streams.bookings["ONE"].all_legs)


async def test_a_party_that_misses_its_second_flight_keeps_the_first(tmp_path: Path) -> None:
    world, first, _ = _through_chicago()
    other = world.flight(3, "ORD", "SFO", leaves=11, takes=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=2))
        end = await system.end()
    assert end.trip("ONE") == [first, other]
    assert reasons(end) == ["misconnected"]


async def test_a_party_that_has_to_get_off_its_second_flight_keeps_the_first(tmp_path: Path) -> None:
    world, first, second = _through_chicago()
    world.party("STAYS", second, fare=900)
    other = world.flight(3, "ORD", "SFO", leaves=11, takes=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, minute=1, seats={"economy": 1}))
        end = await system.end()
    assert end.trip("ONE") == [first, other]
    assert reasons(end) == ["downgauged"]
    assert end.trip("STAYS") == [second]


async def test_a_party_whose_second_flight_is_to_land_elsewhere_keeps_the_first(tmp_path: Path) -> None:
    world, first, second = _through_chicago()
    other = world.flight(3, "ORD", "SFO", leaves=11, takes=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, minute=1, diverted_to="DEN"))
        end = await system.end()
    assert end.trip("ONE") == [first, other]
    assert reasons(end) == ["diverted"]


async def test_a_party_that_finds_no_second_flight_keeps_its_seats_on_the_first(tmp_path: Path) -> None:
    world, first, second = _through_chicago()
    larger = world.flight(3, "ORD", "SFO", leaves=11, takes=4, economy=0)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, minute=1, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(larger, minute=2, seats={"economy": 1}))
        end = await system.end()
    (stranded,) = waits.facts("ONE")
    assert isinstance(stranded, BookingStranded)
    assert [leg.flight for leg in stranded.held] == [first]
    assert end.trip("ONE") == [first, larger]
    sound(waits)


async def test_two_flights_that_can_both_be_flown_stay_together(tmp_path: Path) -> None:
    """The second is late; a party that was sold it alone leaves it for an earlier one."""
    world, first, second = _through_chicago()
    world.party("APART", second)
    other = world.flight(3, "ORD", "SFO", leaves=11, takes=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, minute=1, late=6))
        end = await system.end()
    assert end.trip("ONE") == [first, second]
    assert end.trip("APART") == [other]


async def test_of_three_flights_two_stay_together_when_the_third_is_lost(tmp_path: Path) -> None:
    world = World()
    first = world.flight(1, "BOS", "JFK", leaves=3, takes=1, economy=1)
    second = world.flight(2, "JFK", "ORD", leaves=7, takes=2, economy=1)
    third = world.flight(3, "ORD", "SFO", leaves=12, takes=4)
    world.flight(4, "JFK", "SFO", leaves=7, takes=6)
    other = world.flight(5, "ORD", "SFO", leaves=14, takes=4)
    world.party("ONE", first, second, third)
    world.marry("ONE")
    async with living(world, tmp_path) as system:
        await system.hear(world.status(third, minute=1, cancelled=True))
        end = await system.end()
    assert end.trip("ONE") == [first, second, other]
    assert reasons(end) == ["cancelled"]
