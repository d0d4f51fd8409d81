"""Flights that divert, stop, come back and go on: whose passengers are where, and what becomes of their trips."""

from pathlib import Path
from typing import Any

import pytest

from contracts.flights import FLIGHT_DOUBTED, FlightDoubted, FlightStatus
from contracts.ledger import BookingChanged
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import System, living


class Diverted:
    """JFK to ORD, from there to SFO, and a way on from DTW, where the first flight is diverted to."""

    def __init__(self, *, connects_in: float = 2.5) -> None:
        self.world = World()
        self.first = self.world.flight(1, "JFK", "ORD", leaves=1, takes=2)
        self.onward = self.world.flight(2, "ORD", "SFO", leaves=3 + connects_in, takes=4)
        self.from_dtw = self.world.flight(3, "DTW", "SFO", leaves=6, takes=5)
        self.to_ord = self.world.flight(4, "DTW", "ORD", leaves=6, takes=1)
        self.world.party("THROUGH", self.first, self.onward)
        self.world.party("ENDS", self.first)

    def says(self, hour: float, **fields: Any) -> FlightStatus:
        """What a feed reports of the first flight so many hours after T0, when it has left."""
        return self.world.status(self.first, minute=hour * 60, departed_at=T0 + hours(1), **fields)

    def diverts(self, *, lands: float = 2.9) -> FlightStatus:
        return self.says(2, diverted_to="DTW", estimated_arrival=T0 + hours(lands))

    def is_in_dtw(self) -> FlightStatus:
        return self.says(2.9, diverted_to="DTW", arrived_at=T0 + hours(2.9))


async def hear(system: System, *statuses: FlightStatus) -> None:
    """One by one, each when all agents have handled the one before."""
    for status in statuses:
        await system.hear(status)


async def test_a_party_whose_diverted_flight_flies_on_in_time_keeps_its_connection(tmp_path: Path) -> None:
    """A stop for fuel: nothing is given up while the flight in the air may make it, and is not silent yet."""
    case = Diverted()
    async with living(case.world, tmp_path, now=T0 + hours(3.6)) as system:
        await hear(system, case.says(1), case.diverts(), case.says(3.5, arrived_at=T0 + hours(3.5)))
        end = await system.end()
    assert end.trip("THROUGH") == [case.first, case.onward]
    assert not any(isinstance(fact, BookingChanged) for fact in end.facts("THROUGH"))


async def test_a_party_that_was_to_fly_on_from_a_diversion_is_moved_back_where_it_lands(tmp_path: Path) -> None:
    """Its connection was lost by the estimate; the flight reached its destination in time all the same."""
    case = Diverted()
    async with living(case.world, tmp_path, now=T0 + hours(4)) as system:
        await hear(system, case.says(1), case.diverts(lands=5.1))
        moved = await system.end()
        await hear(system, case.says(3.5, arrived_at=T0 + hours(3.5)))
        end = await system.end()
    assert moved.trip("THROUGH") == [case.first, case.from_dtw]
    assert end.trip("THROUGH") == [case.first, case.onward]
    assert end.streams.seats[case.from_dtw].holders == {}


async def test_a_flight_diverted_for_good_has_its_passengers_brought_on(tmp_path: Path) -> None:
    """From where it has landed, also those whose last flight it was."""
    case = Diverted()
    async with living(case.world, tmp_path, now=T0 + hours(3.6)) as system:
        await hear(system, case.says(1), case.diverts(), case.is_in_dtw())
        end = await system.end()
    assert end.trip("THROUGH") == [case.first, case.from_dtw]
    assert end.trip("ENDS") == [case.first, case.to_ord]


async def test_who_got_off_at_a_diversion_flies_on_from_there_and_who_did_not_goes_on_with_the_flight(
    tmp_path: Path,
) -> None:
    """A party without another way waits at the airport, and is brought to its destination when the flight goes on."""
    case = Diverted()
    del case.world.flights[case.to_ord]
    async with living(case.world, tmp_path, now=T0 + hours(3.6)) as system:
        await hear(system, case.says(1), case.diverts(), case.is_in_dtw())
        stranded = await system.end()
        on = case.world.status(case.first, minute=210, departed_at=T0 + hours(3.5), estimated_arrival=T0 + hours(4.5))
        await hear(system, on)
        end = await system.end()
    assert stranded.streams.bookings["ENDS"].journeys[0].state == "stranded"
    assert end.trip("THROUGH") == [case.first, case.from_dtw]
    assert end.trip("ENDS") == [case.first]
    assert end.streams.waiting == {}


async def test_a_flight_to_a_diversion_that_is_withdrawn_is_void(tmp_path: Path) -> None:
    """The flight is diverted back to its destination in the air: the way on from the diversion leads nowhere any more."""
    case = Diverted()
    async with living(case.world, tmp_path, now=T0 + hours(4)) as system:
        await hear(system, case.says(1), case.diverts(lands=5), case.says(2.5, diverted_to="ORD"))
        end = await system.end()
    assert end.trip("THROUGH") == [case.first, case.onward]


async def test_a_flight_that_came_back_and_is_cancelled_has_its_passengers_moved_from_home(tmp_path: Path) -> None:
    """They stand where they started."""
    world = World()
    back, other = world.flight(1, leaves=1), world.flight(2, leaves=8)
    world.party("HOME", back)
    left, came = T0 + hours(1), T0 + hours(2.8)
    async with living(world, tmp_path, now=T0 + hours(3)) as system:
        await hear(
            system,
            world.status(back, minute=65, departed_at=left),
            world.status(back, minute=120, departed_at=left, diverted_to="JFK", estimated_arrival=came),
            world.status(back, minute=170, departed_at=left, diverted_to="JFK", arrived_at=came),
            world.status(back, minute=175, cancelled=True),
        )
        end = await system.end()
    assert end.trip("HOME") == [other]
    assert end.streams.seats[back].holders == {}


async def test_a_flight_that_came_back_and_leaves_again_takes_its_passengers(tmp_path: Path) -> None:
    """They keep it, at the new times; a connection that these break is replaced."""
    world = World()
    back = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    missed, later = world.flight(2, "ORD", "SFO", leaves=4, takes=4), world.flight(3, "ORD", "SFO", leaves=9, takes=4)
    world.party("ENDS", back)
    world.party("THROUGH", back, missed)
    left, came, again = T0 + hours(1), T0 + hours(2.8), T0 + hours(4)
    async with living(world, tmp_path, now=T0 + hours(3)) as system:
        await hear(
            system,
            world.status(back, minute=65, departed_at=left),
            world.status(back, minute=120, departed_at=left, diverted_to="JFK", arrived_at=None),
            world.status(back, minute=170, departed_at=left, diverted_to="JFK", arrived_at=came),
            world.status(back, minute=175, departed_at=left, diverted_to="JFK", estimated_departure=again),
        )
        end = await system.end()
    assert end.trip("ENDS") == [back]
    assert end.trip("THROUGH") == [back, later]
    assert end.streams.bookings["ENDS"].journeys[0].legs[0].departs == again


async def test_a_flight_rerouted_before_it_leaves_has_its_passengers_moved_from_home(tmp_path: Path) -> None:
    """Two days ahead it is to land in Manchester, where it is of no use to them; no party is taken to be there."""
    world = World()
    rerouted, other = (
        world.flight(1, "JFK", "ORD", leaves=30, takes=2),
        world.flight(2, "JFK", "ORD", leaves=32, takes=2),
    )
    onward = world.flight(3, "ORD", "SFO", leaves=36, takes=4)
    world.party("ENDS", rerouted)
    world.party("THROUGH", rerouted, onward)
    async with living(world, tmp_path) as system:
        await hear(system, world.status(rerouted, minute=1, diverted_to="MHT"))
        end = await system.end()
    assert end.trip("ENDS") == [other]
    assert end.trip("THROUGH") == [other, onward]


async def test_a_flight_rerouted_and_then_cancelled_is_cancelled(tmp_path: Path) -> None:
    """Who has no other flight waits at home."""
    world = World()
    rerouted = world.flight(1, "JFK", "ORD", leaves=30, takes=2)
    onward = world.flight(3, "ORD", "SFO", leaves=36, takes=4)
    world.party("THROUGH", rerouted, onward)
    async with living(world, tmp_path) as system:
        await hear(
            system,
            world.status(rerouted, minute=1, diverted_to="MHT"),
            world.status(rerouted, minute=2, cancelled=True),
        )
        end = await system.end()
    assert end.streams.flights[rerouted].phase == "cancelled"
    assert end.streams.bookings["THROUGH"].journeys[0].state == "stranded"
    assert end.streams.waiting["THROUGH", 1].origin == "JFK"


@pytest.fixture
def late() -> World:
    """A flight with a party, and another with seats."""
    world = World()
    world.party("P1", world.flight(1, leaves=3))
    world.flight(2, leaves=6)
    return world


async def doubts(system: System) -> list[FlightDoubted]:
    return [fact.message async for fact in system.bus.history(FLIGHT_DOUBTED)]


async def test_a_delay_of_days_is_believed_when_a_second_status_says_it(late: World, tmp_path: Path) -> None:
    """The first is a fact that someone can look at; the second has the party moved."""
    flight, other = late.flights
    async with living(late, tmp_path) as system:
        await hear(system, late.status(flight, minute=1, late=80))
        first, calm = await doubts(system), await system.end()
        await hear(system, late.status(flight, minute=2, late=80))
        end = await system.end()
    assert [(doubt.reason, doubt.partly) for doubt in first] == [("unconfirmed", True)]
    assert calm.trip("P1") == [flight]
    assert end.trip("P1") == [other]


async def test_a_delay_of_days_that_grows_from_status_to_status_is_believed(tmp_path: Path) -> None:
    """By four in turn, no two of which are within three hours of each other."""
    world = World()
    flight, other = world.flight(1, leaves=30), world.flight(2, leaves=33)
    world.party("P1", flight)
    async with living(world, tmp_path) as system:
        for hour, late in enumerate((80, 84, 90, 96), start=1):
            await system.pass_to(T0 + hours(hour + 0.1))
            await system.hear(world.status(flight, minute=hour * 60, late=late))
        end = await system.end()
    assert end.trip("P1") == [other]
    assert end.streams.flights[flight].departs == T0 + hours(30 + 96)


async def test_a_status_ahead_of_the_clock_is_heard_when_its_time_comes(late: World, tmp_path: Path) -> None:
    """Six minutes ahead it waits a minute of event time, which passes sixty times as fast here."""
    flight, other = late.flights
    async with living(late, tmp_path, speed=60) as system:
        await system.hear(late.status(flight, minute=12, cancelled=True))
        end = await system.end()
    assert end.trip("P1") == [other]


async def test_what_contradicts_a_flight_is_a_fact_with_its_reason(late: World, tmp_path: Path) -> None:
    """Beside a good status of the same flight, and once, however often it is delivered."""
    flight, _ = late.flights
    second_departure = late.status(flight, minute=2)
    moved = {name: getattr(second_departure, name) + hours(10) for name in ("scheduled_departure", "scheduled_arrival")}
    other = FlightStatus(flight=flight, destination="SFO", observed_at=second_departure.observed_at, **moved)
    async with living(late, tmp_path) as system:
        await system.say(late.status(flight, minute=1, late=0.1), other, late.status(flight, minute=3, late=0.2))
        await system.settled()
        end, found = await system.end(), await doubts(system)
    assert [(doubt.flight, doubt.reason, doubt.partly) for doubt in found] == [(flight, "another flight", False)]
    assert found[0].status == other
    assert end.mail == {}


@pytest.mark.parametrize(("landed", "expected"), [(3.2, "kept"), (4.1, "moved")])
async def test_an_arrival_that_is_corrected_decides_a_connection(tmp_path: Path, landed: float, expected: str) -> None:
    """The flight was not there when the feed had it there: a party that cannot have made the next flight has another. No one
    else has a letter about times that are over."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    onward, later = world.flight(2, "ORD", "SFO", leaves=4.5, takes=4), world.flight(3, "ORD", "SFO", leaves=8, takes=4)
    world.party("THROUGH", first, onward)
    world.party("ENDS", first)
    left: dict[str, Any] = {"departed_at": T0 + hours(1)}
    async with living(world, tmp_path, now=T0 + hours(4.2)) as system:
        await hear(
            system,
            world.status(first, minute=180, **left, arrived_at=T0 + hours(3)),
            world.status(first, minute=250, **left, arrived_at=T0 + hours(landed)),
        )
        end = await system.end()
    assert end.trip("THROUGH") == [first, onward if expected == "kept" else later]
    assert end.facts("ENDS") == []
    assert end.streams.seats[first].expected_arrival == T0 + hours(landed)
