"""Connections that hold again: the seats that parties lost behind them are offered again, whatever the size of the moves."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.ledger import BookingChanged
from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, living


def minutes(number: float) -> float:
    """In hours, as worlds have times."""
    return number / 60


class Connecting:
    """To Chicago, on to San Francisco 50 minutes later, and a flight there at night."""

    def __init__(self, *, leaves: float = 3, economy: int = 10) -> None:
        self.world = World()
        self.first = self.world.flight(1, to="ORD", leaves=leaves, takes=2)
        self.second = self.world.flight(2, "ORD", leaves=leaves + 2 + minutes(50), takes=4, economy=economy)
        self.later = self.world.flight(3, "ORD", leaves=leaves + 7.5, takes=4)
        self.world.party("LINKS", self.first, self.second)


def reasons(end: End, pnr: str = "LINKS") -> list[str]:
    return [fact.reason for fact in end.facts(pnr)]


async def test_a_small_delay_that_is_withdrawn_brings_a_party_back(tmp_path: Path) -> None:
    """29 minutes broke its connection; without them it can be made."""
    case = Connecting()
    world = case.world
    async with living(world, tmp_path) as system:
        await system.hear(world.status(case.first, late=minutes(29)))
        moved = await system.end()
        await system.hear(world.status(case.first, minute=1, late=minutes(2)))
        end = await system.end()
    assert (moved.trip("LINKS"), reasons(moved)) == ([case.first, case.later], ["misconnected"])
    assert (end.trip("LINKS"), reasons(end)) == ([case.first, case.second], ["misconnected", "restored"])
    fact = end.facts("LINKS")[-1]
    assert isinstance(fact, BookingChanged)
    assert fact.regained == (case.second,)
    assert (end.streams.seats[case.second].lost_by, end.streams.seats[case.second].lost_behind) == ({}, {})


async def test_an_onward_flight_that_leaves_at_its_time_after_all_brings_a_party_back(tmp_path: Path) -> None:
    """It was to leave 14 minutes early, after a first flight that was 10 minutes late."""
    case = Connecting()
    world = case.world
    async with living(world, tmp_path) as system:
        await system.hear(world.status(case.first, late=minutes(10)))
        await system.hear(world.status(case.second, minute=1, late=-minutes(14)))
        moved = await system.end()
        await system.hear(world.status(case.first, minute=2, late=0.01))
        unmoved = await system.end()
        await system.hear(world.status(case.second, minute=3, late=0.01))
        end = await system.end()
    assert moved.trip("LINKS") == unmoved.trip("LINKS") == [case.first, case.later]
    assert (end.trip("LINKS"), reasons(end)) == ([case.first, case.second], ["misconnected", "restored"])


async def test_a_party_in_the_air_is_moved_back_when_its_flight_makes_up_time(tmp_path: Path) -> None:
    """It reads of it when it lands."""
    case = Connecting(leaves=1)
    world, left = case.world, T0 + hours(1)
    lands = left + hours(2)
    async with living(world, tmp_path, now=T0 + hours(1.2)) as system:
        late = lands + timedelta(minutes=29)
        await system.hear(world.status(case.first, minute=61, departed_at=left, estimated_arrival=late))
        moved = await system.end()
        await system.hear(world.status(case.first, minute=70, departed_at=left, estimated_arrival=lands))
        end = await system.end()
    assert moved.trip("LINKS") == [case.first, case.later]
    assert end.trip("LINKS") == [case.first, case.second]


async def test_a_party_that_waits_has_its_connection_again(tmp_path: Path) -> None:
    """There was no other flight, and too little time to hurry."""
    case = Connecting()
    del case.world.flights[case.later]
    async with living(case.world, tmp_path) as system:
        await system.hear(case.world.status(case.first, late=minutes(40)))
        waits = await system.end()
        await system.hear(case.world.status(case.first, minute=1, late=0.01))
        end = await system.end()
    assert waits.streams.bookings["LINKS"].journeys[0].state == "stranded"
    assert end.trip("LINKS") == [case.first, case.second]


async def test_a_party_whose_seat_was_sold_stays_on_its_later_flight(tmp_path: Path) -> None:
    """And is offered it when there is one again."""
    case = Connecting(economy=1)
    world = case.world
    dead = world.flight(4, "ORD", leaves=4, takes=4, economy=1)
    world.party("TAKES", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(case.first, late=minutes(29)))
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(case.first, minute=2, late=0.01))
        stays = await system.end()
        await system.hear(world.status(case.second, minute=3, seats={"economy": 2}))
        end = await system.end()
    assert (stays.trip("TAKES"), stays.trip("LINKS")) == ([case.second], [case.first, case.later])
    assert end.trip("LINKS") == [case.first, case.second]


async def test_a_connection_that_is_still_too_short_to_be_sold_is_not_offered(tmp_path: Path) -> None:
    """40 of 45 minutes: no party is moved to it."""
    case = Connecting()
    async with living(case.world, tmp_path) as system:
        await system.hear(case.world.status(case.first, late=minutes(29)))
        await system.hear(case.world.status(case.first, minute=1, late=minutes(10)))
        end = await system.end()
    assert (end.trip("LINKS"), reasons(end)) == ([case.first, case.later], ["misconnected"])


def through(world: World, *, stop: float = 21) -> tuple[FlightKey, FlightKey, FlightKey]:
    """A flight that goes on under its number after a short stop, and one at night."""
    first = world.flight(1, to="ATL", leaves=3, takes=2)
    second = world.flight(1, "ATL", leaves=5 + minutes(stop), takes=4)
    return first, second, world.flight(3, "ATL", leaves=10.5, takes=4)


async def test_an_aircraft_that_is_swapped_back_takes_its_party_through_again(tmp_path: Path) -> None:
    """21 minutes are enough for those who stay on board."""
    world = World()
    first, second, later = through(world)
    world.party("THROUGH", first, second)
    known = [world.status(flight, minute=1, tail="N1") for flight in (first, second)]
    async with living(world, tmp_path) as system:
        for status in (*known, world.status(second, minute=2, tail="N2")):
            await system.hear(status)
        moved = await system.end()
        await system.hear(world.status(second, minute=3, tail="N1"))
        end = await system.end()
    assert moved.trip("THROUGH") == [first, later]
    assert (end.trip("THROUGH"), reasons(end, "THROUGH")) == ([first, second], ["misconnected", "restored"])


async def test_a_second_leg_of_a_number_that_is_restored_takes_its_party_through_again(tmp_path: Path) -> None:
    """It had been sold the stop, which is too short for any other two flights."""
    world = World()
    first, second, later = through(world)
    world.party("THROUGH", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, minute=1, cancelled=True))
        moved = await system.end()
        await system.hear(world.status(second, minute=2))
        end = await system.end()
    assert moved.trip("THROUGH") == [first, later]
    assert end.trip("THROUGH") == [first, second]


@pytest.mark.parametrize("stay", [60, 25], ids=["an-hour", "sold-short"])
async def test_a_return_that_can_be_caught_again_is_offered_again(stay: float, tmp_path: Path) -> None:
    """Two small moves had made it impossible; the first is withdrawn."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=9 + minutes(stay))
    later = world.flight(3, "SFO", "JFK", leaves=14)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(back, late=-minutes(14)))
        await system.hear(world.status(out, minute=1, late=minutes(29)))
        moved = await system.end()
        await system.hear(world.status(out, minute=2, late=0.01))
        await system.hear(world.status(back, minute=3, late=0.01))
        end = await system.end()
    assert moved.trip("RT", 2) == [later]
    assert end.trip("RT", 2) == [back]
