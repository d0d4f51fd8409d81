"""Seats that reappear are offered to those who lost them: they are moved back where it serves, once, and in good time."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.flights import FlightStatus
from contracts.ledger import BookingChanged
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, living


async def ended(world: World, folder: Path, *reported: FlightStatus, minutes: float = 0) -> End:
    """The end of this world after these statuses, each heard by all before the next, so many minutes after T0."""
    async with living(world, folder, now=T0 + timedelta(minutes=minutes)) as system:
        for status in reported:
            await system.hear(status)
        return await system.end()


def reasons(end: End, pnr: str) -> list[str]:
    return [fact.reason for fact in end.facts(pnr)]


async def test_a_party_whose_flight_flies_after_all_is_back_on_it(tmp_path: Path) -> None:
    """Cancelled by mistake for two minutes; it had been moved to a flight seventeen hours later."""
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=20)
    world.party("BACK", dead)
    end = await ended(world, tmp_path, world.status(dead, minute=1, cancelled=True), world.status(dead, minute=3))
    assert end.trip("BACK") == [dead]
    assert reasons(end, "BACK") == ["cancelled", "restored"]
    fact = end.facts("BACK")[-1]
    assert isinstance(fact, BookingChanged)
    assert fact.regained == (dead,)
    assert (end.streams.bookings["BACK"].journeys[0].state) == "kept"
    assert end.streams.seats[dead].lost_by == {}


async def test_its_letter_says_that_there_are_seats_again(tmp_path: Path) -> None:
    """The reader knows why the trip has changed once more."""
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=20)
    world.party("BACK", dead)
    end = await ended(world, tmp_path, world.status(dead, minute=1, cancelled=True), world.status(dead, minute=3))
    letter = end.letters("BACK")[-1]
    assert letter["Subject"] == "You have seats again on flight B6 1: your new trip"


async def test_cancelled_and_restored_at_once_leaves_a_party_on_its_flight(tmp_path: Path) -> None:
    """Whatever was planned between the two statuses."""
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=20)
    world.party("BACK", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True), world.status(dead, minute=3))
        end = await system.end()
    assert end.trip("BACK") == [dead]


async def test_a_party_whose_new_trip_serves_as_well_stays_on_it(tmp_path: Path) -> None:
    """It would gain half an hour: it is left in peace, without a fact or a letter."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=3.5)
    world.party("STAYS", dead)
    end = await ended(world, tmp_path, world.status(dead, minute=1, cancelled=True), world.status(dead, minute=3))
    assert (end.trip("STAYS"), reasons(end, "STAYS")) == ([other], ["cancelled"])
    assert end.streams.seats[dead].lost_by == {"STAYS": 1}


async def test_a_delay_that_is_withdrawn_brings_a_party_back(tmp_path: Path) -> None:
    """It had been moved off a flight that was reported six hours late."""
    world = World()
    late, _ = world.flight(1, leaves=3), world.flight(2, leaves=6)
    world.party("BACK", late)
    end = await ended(world, tmp_path, world.status(late, minute=1, late=6), world.status(late, minute=3, late=0.01))
    assert (end.trip("BACK"), reasons(end, "BACK")) == ([late], ["retimed", "restored"])


async def test_a_larger_aircraft_brings_those_back_for_whom_it_has_seats(tmp_path: Path) -> None:
    """The stranded come first, then the more urgent of those who have another trip."""
    world = World()
    flight, _ = world.flight(1, leaves=3, economy=5), world.flight(2, leaves=20, economy=2)
    world.party("ABOARD", flight, seats=2, tier="platinum")
    world.party("GOLD", flight, tier="gold")
    world.party("PLAIN", flight)
    world.party("STUCK", flight, fare=100)
    end = await ended(
        world,
        tmp_path,
        world.status(flight, minute=1, seats={"economy": 2}),
        world.status(flight, minute=3, seats={"economy": 4}),
    )
    assert end.trip("ABOARD") == [flight]
    assert [pnr for pnr in ("GOLD", "PLAIN", "STUCK") if end.trip(pnr) == [flight]] == ["GOLD", "STUCK"]


async def test_a_party_is_moved_back_once(tmp_path: Path) -> None:
    """Its flight is cancelled and restored twice. The second time it stays where it is."""
    world = World()
    dead, other = world.flight(1, leaves=5), world.flight(2, leaves=20)
    world.party("TWICE", dead)
    there_and_back = [world.status(dead, minute=m, cancelled=cancelled) for m, cancelled in
                      ((1, True), (3, False), (5, True), (7, False))]  # fmt: skip
    end = await ended(world, tmp_path, *there_and_back, minutes=8)
    assert (end.trip("TWICE"), reasons(end, "TWICE")) == ([other], ["cancelled", "restored", "cancelled"])


@pytest.mark.parametrize(("leaves", "back"), [(2, True), (1.4, False)], ids=["in-two-hours", "in-84-minutes"])
async def test_no_party_is_moved_back_shortly_before_departure(leaves: float, back: bool, tmp_path: Path) -> None:
    """It may be on its way home by then."""
    world = World()
    dead, other = world.flight(1, leaves=leaves), world.flight(2, leaves=20)
    world.party("LATE", dead)
    end = await ended(world, tmp_path, world.status(dead, minute=1, cancelled=True), world.status(dead, minute=3))
    assert end.trip("LATE") == [dead if back else other]


async def test_no_party_is_moved_off_a_flight_that_it_may_be_boarding(tmp_path: Path) -> None:
    """Its new trip leaves in 72 minutes, changes planes and arrives later than its old flight would."""
    world = World()
    dead, first = world.flight(1, leaves=3.2), world.flight(2, "JFK", "ORD", leaves=1.25, takes=3)
    world.flight(3, "ORD", "SFO", leaves=9, takes=5)
    world.party("GOES", dead)
    end = await ended(world, tmp_path, world.status(dead, minute=1, cancelled=True), world.status(dead, minute=3))
    assert end.trip("GOES")[0] == first


async def test_a_party_on_the_way_is_moved_back_to_its_next_flight(tmp_path: Path) -> None:
    """It is in the air to Chicago when its onward flight is cancelled, and still when it is restored."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=3)
    second = world.flight(2, "ORD", "SFO", leaves=6, takes=4)
    world.flight(3, "ORD", "SFO", leaves=20, takes=4)
    world.party("THROUGH", first, second)
    left = world.flights[first].departs
    end = await ended(
        world,
        tmp_path,
        world.status(first, minute=61, departed_at=left),
        world.status(second, minute=70, cancelled=True),
        world.status(second, minute=75),
        minutes=90,
    )
    assert end.trip("THROUGH") == [first, second]


async def test_only_the_trip_with_the_lost_flight_is_offered(tmp_path: Path) -> None:
    """A better flight that has had seats all along is not what came back, and moves no party."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=20)
    world.party("STAYS", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(dead, minute=3, late=hours(18) / hours(1)))
        end = await system.end()
    assert end.trip("STAYS") == [other]
