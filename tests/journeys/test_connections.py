"""Connections: looked at by what they mean for a party, whatever the size of the moves that break them."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


def minutes(number: float) -> float:
    """In hours, as worlds have times."""
    return number / 60


def connecting(world: World, *, wait: float = 50) -> tuple[FlightKey, FlightKey, FlightKey]:
    """To Chicago, on to San Francisco so many minutes later, and a later flight there."""
    first = world.flight(1, to="ORD", leaves=3, takes=2)
    second = world.flight(2, "ORD", leaves=5 + minutes(wait), takes=4)
    later = world.flight(3, "ORD", leaves=8, takes=4)
    return first, second, later


async def test_a_connection_broken_by_two_small_moves_is_seen(tmp_path: Path) -> None:
    """29 minutes late and 14 minutes early: neither is announced, and both together leave no time to change planes."""
    world = World()
    first, second, later = connecting(world, wait=70)
    world.party("LINKS", first, second)
    world.party("DIRECT", second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=minutes(29)))
        unmoved = await system.end()
        await system.hear(world.status(second, minute=1, late=-minutes(14)))
        end = await system.end()
    assert unmoved.plans == ()
    assert end.trip("LINKS") == [first, later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("LINKS")] == [("misconnected", first)]
    assert end.facts("DIRECT") == []
    (letter,) = end.letters("LINKS")
    assert "connection" in letter.get_content()


async def test_a_late_first_flight_is_named_as_what_broke_the_connection(tmp_path: Path) -> None:
    """And not the second one, which is on time."""
    world = World()
    first, second, later = connecting(world)
    world.party("LINKS", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=1))
        end = await system.end()
    assert end.trip("LINKS") == [first, later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("LINKS")] == [("misconnected", first)]


async def test_a_connection_that_can_be_made_by_those_who_hurry_is_kept(tmp_path: Path) -> None:
    """35 of 45 minutes are left: no party is moved, and estimates that move to and fro decide nothing."""
    world = World()
    first, second, _ = connecting(world)
    world.party("LINKS", first, second)
    async with living(world, tmp_path) as system:
        for minute, late in enumerate((15, 5, 14, 10, 15)):
            await system.hear(world.status(first, minute=minute, late=minutes(late)))
        end = await system.end()
    assert (end.trip("LINKS"), end.plans) == ([first, second], ())


async def test_a_connection_sold_short_is_kept_as_short_as_it_was_sold(tmp_path: Path) -> None:
    """25 minutes were sold; five minutes less are a broken connection."""
    world = World()
    first, second, later = connecting(world, wait=25)
    world.party("LINKS", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, late=minutes(5)))
        kept = await system.end()
        await system.hear(world.status(first, minute=1, late=minutes(11)))
        end = await system.end()
    assert kept.plans == ()
    assert end.trip("LINKS") == [first, later]


async def test_a_party_whose_first_flight_lands_after_the_second_has_left_is_brought_on(tmp_path: Path) -> None:
    """It was expected in time until it landed."""
    world = World()
    first, second, later = connecting(world)
    world.party("LINKS", first, second)
    async with living(world, tmp_path, now=T0 + hours(5.9)) as system:
        await system.hear(
            world.status(first, minute=185, departed_at=world.flights[first].departs),
            world.status(second, minute=350, departed_at=world.flights[second].departs),
            world.status(
                first,
                minute=352,
                departed_at=world.flights[first].departs,
                arrived_at=world.flights[second].departs + timedelta(minutes=1),
            ),
        )
        end = await system.end()
    assert end.trip("LINKS") == [first, later]


@pytest.mark.parametrize("early", [10, 25])
async def test_a_party_is_informed_of_the_best_known_time_of_its_new_flight(early: int, tmp_path: Path) -> None:
    """The flight is known to leave a little early, which is not announced; a party that is moved to it reads when it leaves."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(other, late=-minutes(early)))
        await system.hear(world.status(dead, minute=1, cancelled=True))
        end = await system.end()
    (leg,) = end.streams.bookings["MOVED"].all_legs
    assert (leg.flight, leg.departs) == (other, world.flights[other].departs - timedelta(minutes=early))


async def test_no_party_is_moved_to_a_flight_that_is_known_to_leave_too_soon(tmp_path: Path) -> None:
    """Announced in 50 minutes, known to leave in 25: too soon to be reached."""
    world = World()
    dead, soon = world.flight(1, leaves=0.5), world.flight(2, leaves=minutes(50))
    later = world.flight(3, leaves=4)
    world.party("MOVED", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(soon, late=-minutes(25)))
        await system.hear(world.status(dead, minute=1, cancelled=True))
        end = await system.end()
    assert end.trip("MOVED") == [later]


async def test_a_party_that_is_to_land_elsewhere_in_the_city_is_moved_off_its_lost_flight_alone(tmp_path: Path) -> None:
    """And where none other flies, it waits with its seat on the first one until its next flight flies after all."""
    world = World()
    first = world.flight(1, "ORD", "JFK", leaves=5, takes=2)
    onward = world.flight(2, "JFK", "BOS", leaves=11, takes=1)
    world.party("A", first, onward)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, diverted_to="LGA"))
        await system.hear(world.status(onward, minute=2, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(onward, minute=3))
        end = await system.end()
    assert [leg.flight for leg in waits.streams.bookings["A"].journeys[0].held] == [first]
    assert end.trip("A") == [first, onward]


async def test_a_diverted_flight_breaks_a_connection_by_a_small_move_too(tmp_path: Path) -> None:
    """By its first estimate it would be in time; most diverted flights fly on."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    onward = world.flight(2, "ORD", "SFO", leaves=4, takes=4)
    world.flight(3, "ORD", "SFO", leaves=8, takes=4)
    world.flight(4, "DTW", "SFO", leaves=9, takes=4)
    world.party("LINKS", first, onward)
    left = T0 + hours(1)
    async with living(world, tmp_path, now=T0 + hours(3)) as system:
        await system.hear(world.status(first, minute=66, departed_at=left))
        for minute, lands in ((120, 3.3), (132, 3.75)):
            at = T0 + hours(lands)
            status = world.status(first, minute=minute, departed_at=left, diverted_to="DTW")
            await system.hear(structs.replace(status, estimated_arrival=at))
        end = await system.end()
    assert end.trip("LINKS") != [first, onward]
