"""A party that waits for the rest of its journey keeps its seats on the flights that lead there."""

from datetime import datetime
from pathlib import Path

import pytest

from contracts.ledger import BookingChanged, BookingStranded
from contracts.reservations import ReservationStatus
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living, sound


async def test_a_party_that_loses_its_second_flight_keeps_its_seats_on_the_first(tmp_path: Path) -> None:
    """When a way on appears, it needs no seat on the first flight, which is full."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=2)
    dead = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    larger = world.flight(3, "ORD", "SFO", leaves=10, takes=4, economy=0)
    world.party("THROUGH", first, dead, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(larger, minute=2, seats={"economy": 2}))
        end = await system.end()
    journey = waits.streams.bookings["THROUGH"].journeys[0]
    assert (journey.state, journey.legs, [leg.flight for leg in journey.held]) == ("stranded", (), [first])
    assert waits.streams.seats[first].holders.keys() == {"THROUGH"}
    assert [leg.flight for leg in end.streams.bookings["THROUGH"].journeys[0].legs] == [first, larger]
    letter = waits.letters("THROUGH")[0].get_content()
    assert "keeping your seats on flight B6 1" in letter
    assert "do not take this flight" in letter
    sound(waits)


async def test_a_party_that_loses_its_first_flight_gives_up_its_seats_on_the_second(tmp_path: Path) -> None:
    """Others who wait may need them; it has them again if they are still there with a way to them."""
    world = World()
    dead = world.flight(1, "JFK", "ORD", leaves=5, takes=2)
    onward = world.flight(2, "ORD", "SFO", leaves=9, takes=4, economy=2)
    larger = world.flight(3, "JFK", "ORD", leaves=6, takes=2, economy=0)
    world.party("THROUGH", dead, onward, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(larger, minute=2, seats={"economy": 2}))
        end = await system.end()
    assert not waits.streams.seats[onward].holders
    assert [leg.flight for leg in end.streams.bookings["THROUGH"].journeys[0].legs] == [larger, onward]
    sound(waits)


@pytest.mark.parametrize(("limit", "sold"), [("0", 2), ("1", 3)])
async def test_a_way_on_is_found_for_as_many_connections_as_were_sold(limit: str, sold: int, tmp_path: Path) -> None:
    """Whatever the rules allow to others; and the audit knows it."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=1)
    second = world.flight(2, "ORD", "DEN" if sold == 3 else "SFO", leaves=9, takes=3, economy=1)
    last = [world.flight(3, "DEN", "SFO", leaves=15, takes=3, economy=1)] if sold == 3 else []
    larger = world.flight(4, "ORD", "DEN" if sold == 3 else "SFO", leaves=10, takes=3, economy=0)
    world.party("THROUGH", first, second, *last)
    async with living(world, tmp_path, environment={"IROPS_RULES_MAX_CONNECTIONS": limit}) as system:
        await system.hear(world.status(second, minute=1, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(larger, minute=2, seats={"economy": 1}))
        end = await system.end()
    assert waits.streams.waiting["THROUGH", 1].connections == sold - 1
    assert end.trip("THROUGH") == [first, larger, *last]


async def test_all_new_flights_may_be_as_many_as_were_sold(tmp_path: Path) -> None:
    world = World()
    dead = world.flight(1, "JFK", "ORD", leaves=5, takes=2)
    onward = world.flight(2, "ORD", "SFO", leaves=9, takes=3)
    others = [world.flight(3, "JFK", "ORD", leaves=12, takes=2), world.flight(4, "ORD", "SFO", leaves=16, takes=3)]
    world.party("THROUGH", dead, onward)
    async with living(world, tmp_path, environment={"IROPS_RULES_MAX_CONNECTIONS": "0"}) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True), world.status(onward, minute=1, cancelled=True))
        end = await system.end()
    assert end.trip("THROUGH") == others


async def test_seats_that_are_kept_lapse_shortly_before_their_flight_leaves(tmp_path: Path) -> None:
    """And others may have them. The party has a letter of it."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=2)
    dead = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    world.party("THROUGH", first, dead, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.pass_to(T0 + hours(4.2))
        still = await system.end()
        await system.pass_to(T0 + hours(4.3))
        end = await system.end()
    assert still.streams.seats[first].holders.keys() == {"THROUGH"}
    assert not end.streams.seats[first].holders
    assert end.streams.bookings["THROUGH"].journeys[0].held == ()
    stranded, lapsed = end.facts("THROUGH")
    assert isinstance(lapsed, BookingStranded)
    assert (lapsed.reason, lapsed.follows, [leg.flight for leg in lapsed.lapsed]) == ("lapsed", stranded.id, [first])
    assert "no longer held" in end.letters("THROUGH")[1].get_content()


async def test_a_kept_seat_on_a_flight_that_is_cancelled_too_lapses_at_once(tmp_path: Path) -> None:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2)
    dead = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    world.party("THROUGH", first, dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(first, minute=2, cancelled=True))
        await system.pass_to(T0 + hours(0.1))
        end = await system.end()
    assert not end.streams.seats[first].holders
    assert [fact.reason for fact in end.facts("THROUGH")] == ["cancelled", "lapsed"]


async def test_a_party_that_loses_the_second_of_three_flights_keeps_the_first(tmp_path: Path) -> None:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=1)
    dead = world.flight(2, "ORD", "DEN", leaves=9, takes=2)
    last = world.flight(3, "DEN", "SFO", leaves=14, takes=2, economy=1)
    larger = world.flight(4, "ORD", "DEN", leaves=10, takes=2, economy=0)
    world.party("THROUGH", first, dead, last)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(larger, minute=2, seats={"economy": 2}))
        end = await system.end()
    assert [leg.flight for leg in waits.streams.bookings["THROUGH"].journeys[0].held] == [first]
    assert not waits.streams.seats[first].connecting
    assert isinstance(end.facts("THROUGH")[-1], BookingChanged)
    assert [leg.flight for leg in end.streams.bookings["THROUGH"].journeys[0].legs] == [first, larger, last]
    sound(waits)


def _waiting_for_a_way_on() -> tuple[World, str, str]:
    """Two people who lose the second of two flights, and keep their seats on the first."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=3)
    dead = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    world.party("THROUGH", first, dead, seats=2)
    return world, first, dead


async def test_a_withdrawn_booking_gives_up_the_seats_that_it_had_kept(tmp_path: Path) -> None:
    world, first, dead = _waiting_for_a_way_on()
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(ReservationStatus(pnr="THROUGH", version=1, withdrawn=True))
        end = await system.end()
    assert not end.streams.seats[first].holders
    assert not end.streams.waiting


async def test_a_party_that_becomes_larger_while_it_waits_keeps_seats_for_all(tmp_path: Path) -> None:
    world, first, dead = _waiting_for_a_way_on()
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        larger = world.booking("THROUGH", first, dead, seats=3, fare=200)
        await system.hear(ReservationStatus(pnr="THROUGH", version=1, booking=larger))
        end = await system.end()
    assert end.streams.seats[first].holders["THROUGH"].seats == 3
    assert end.streams.waiting["THROUGH", 1].seats == 3


async def test_other_flights_from_the_reservation_system_replace_the_seats_that_were_kept(tmp_path: Path) -> None:
    world, first, dead = _waiting_for_a_way_on()
    direct = world.flight(9, leaves=20, economy=1)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        one = world.booking("THROUGH", direct, seats=1)
        await system.hear(ReservationStatus(pnr="THROUGH", version=1, booking=one))
        end = await system.end()
    assert [leg.flight for leg in end.streams.bookings["THROUGH"].journeys[0].legs] == [direct]
    assert not end.streams.seats[first].holders


def _waiting_in_the_air() -> tuple[World, tuple[str, ...], datetime]:
    """One party is on the first of three flights, and loses the third."""
    world = World()
    flights = (
        world.flight(1, "JFK", "ORD", leaves=1, takes=3),
        world.flight(2, "ORD", "DEN", leaves=7, takes=2, economy=1),
        world.flight(3, "DEN", "SFO", leaves=11, takes=2),
        world.flight(4, "DEN", "SFO", leaves=12, takes=2, economy=0),
    )
    world.party("THROUGH", *flights[:3])
    return world, flights, T0 + hours(1)


async def test_a_party_on_its_way_keeps_its_seats_on_the_flights_before_the_one_that_it_loses(tmp_path: Path) -> None:
    world, (first, second, dead, larger), left = _waiting_in_the_air()
    async with living(world, tmp_path, now=T0 + hours(2)) as system:
        await system.hear(world.status(first, minute=61, departed_at=left))
        await system.hear(world.status(dead, minute=100, cancelled=True))
        waits = await system.end()
        await system.hear(world.status(larger, minute=110, seats={"economy": 1}))
        end = await system.end()
    assert [leg.flight for leg in waits.streams.bookings["THROUGH"].journeys[0].held] == [second]
    assert not end.streams.waiting
    assert [leg.flight for leg in end.streams.bookings["THROUGH"].journeys[0].legs] == [first, second, larger]
    sound(waits)


async def test_a_party_that_is_diverted_while_it_waits_holds_its_seats_until_they_lapse(tmp_path: Path) -> None:
    """It may still be brought to them."""
    world, (first, second, dead, _), left = _waiting_in_the_air()
    diverted = world.status(first, minute=150, departed_at=left, diverted_to="DTW", arrived_at=T0 + hours(2.4))
    async with living(world, tmp_path, now=T0 + hours(2)) as system:
        await system.hear(world.status(first, minute=61, departed_at=left))
        await system.hear(world.status(dead, minute=100, cancelled=True))
        await system.pass_to(T0 + hours(2.6))
        await system.hear(diverted)
        waits = await system.end()
        await system.pass_to(T0 + hours(6.3))
        end = await system.end()
    assert waits.streams.seats[second].holders.keys() == {"THROUGH"}
    assert not end.streams.seats[second].holders
    sound(waits)


async def test_a_party_that_waits_with_seats_gets_off_a_smaller_aircraft_before_one_that_flies(tmp_path: Path) -> None:
    world, first, dead = _waiting_for_a_way_on()
    world.party("FLIES", first)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(first, minute=2, seats={"economy": 1}))
        await system.pass_to(T0 + hours(0.2))
        end = await system.end()
    assert end.streams.seats[first].holders.keys() == {"FLIES"}
    assert [fact.reason for fact in end.facts("THROUGH")] == ["cancelled", "lapsed"]


async def test_a_flight_that_moves_is_kept_until_its_new_time(tmp_path: Path) -> None:
    world, first, dead = _waiting_for_a_way_on()
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(first, minute=2, late=2))
        await system.pass_to(T0 + hours(6.2))
        still = await system.end()
        await system.pass_to(T0 + hours(6.3))
        end = await system.end()
    assert still.streams.seats[first].holders.keys() == {"THROUGH"}
    assert not end.streams.seats[first].holders
    sound(still)
