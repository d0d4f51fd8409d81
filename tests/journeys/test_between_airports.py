"""A party that changes from one airport of a city to another, by ground, between two of its flights."""

from pathlib import Path

import pytest

from contracts.ledger import BookingKept
from contracts.names import FlightKey
from contracts.passengers import Ssr
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, living


def _sold_with_a_transfer(*, wait: float) -> tuple[World, FlightKey, FlightKey]:
    """A party that comes to Newark, and leaves from Kennedy so many hours later."""
    world = World()
    first = world.flight(1, "ORD", "EWR", leaves=3, takes=2)
    onward = world.flight(2, "JFK", "LAX", leaves=5 + wait, takes=5)
    world.party("A", first, onward)
    return world, first, onward


def _sold_at_one_airport(*, wait: float) -> tuple[World, FlightKey, FlightKey]:
    world = World()
    first = world.flight(1, "ORD", "JFK", leaves=3, takes=2)
    onward = world.flight(2, "JFK", "LAX", leaves=5 + wait, takes=5)
    world.party("A", first, onward)
    return world, first, onward


def last_letter(end: End) -> str:
    return " ".join(str(end.letters("A")[-1].get_content()).split())


async def test_a_sold_transfer_that_is_possible_still_is_kept_and_named(tmp_path: Path) -> None:
    """Its flight is later, which leaves it two hours and a half. It was sold, so it has no mark."""
    world, first, onward = _sold_with_a_transfer(wait=3.5)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=1))
        end = await system.end()
    (fact,) = end.facts("A")
    assert isinstance(fact, BookingKept)
    assert (end.trip("A"), fact.reason, fact.marks) == ([first, onward], "retimed", ())
    assert "You arrive at Newark Liberty International Airport (EWR)" in last_letter(end)
    assert "leave again from John F Kennedy International Airport (JFK)" in last_letter(end)
    assert "2 hours 30 minutes" in last_letter(end)


async def test_a_sold_transfer_that_becomes_too_short_is_missed(tmp_path: Path) -> None:
    """The party is moved to a flight that leaves the airport where it lands, or another with the time to get there."""
    world, first, onward = _sold_with_a_transfer(wait=3.5)
    soon = world.flight(3, "JFK", "LAX", leaves=9.8, takes=5)
    later = world.flight(4, "JFK", "LAX", leaves=10, takes=5)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=2))
        end = await system.end()
    (fact,) = end.facts("A")
    assert (fact.reason, fact.broken_by) == ("misconnected", first)
    assert end.trip("A") == [first, later]
    assert soon != onward


async def test_a_transfer_sold_shorter_than_the_minimum_is_kept_as_sold(tmp_path: Path) -> None:
    world, first, onward = _sold_with_a_transfer(wait=1.5)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(onward, minute=1, late=1))
        end = await system.end()
    assert end.trip("A") == [first, onward]


async def test_a_transfer_sold_shorter_than_the_minimum_is_missed_once_it_is_shorter(tmp_path: Path) -> None:
    world, first, _ = _sold_with_a_transfer(wait=1.5)
    later = world.flight(3, "JFK", "LAX", leaves=9, takes=5)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=0.2))
        end = await system.end()
    assert [fact.reason for fact in end.facts("A")] == ["misconnected"]
    assert end.trip("A") == [first, later]


async def test_a_flight_to_another_airport_of_the_city_makes_a_transfer_that_is_marked(tmp_path: Path) -> None:
    """There is time for it, so the trip is kept, and its letter names it."""
    world, first, onward = _sold_at_one_airport(wait=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, diverted_to="LGA"))
        end = await system.end()
    (fact,) = end.facts("A")
    assert isinstance(fact, BookingKept)
    assert (end.trip("A"), fact.marks) == ([first, onward], ("airport",))
    assert "from one airport to the other" in last_letter(end)
    assert "4 hours" in last_letter(end)


async def test_a_flight_to_another_airport_of_the_city_breaks_a_connection_that_is_too_short_for_the_way(
    tmp_path: Path,
) -> None:
    """Long enough at one airport, and as it was sold."""
    world, first, _ = _sold_at_one_airport(wait=1.5)
    soon, later = (world.flight(n, "JFK", "LAX", leaves=at, takes=5) for n, at in ((3, 7.9), (4, 8)))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, diverted_to="LGA"))
        end = await system.end()
    (fact,) = end.facts("A")
    assert (end.trip("A"), fact.reason, fact.marks) == ([first, later], "diverted", ("airport",))
    assert soon not in end.trip("A")
    assert "3 hours" in last_letter(end)


async def test_a_party_that_has_landed_at_another_airport_of_the_city_is_moved_where_its_connection_is_too_short(
    tmp_path: Path,
) -> None:
    world, first, _ = _sold_at_one_airport(wait=1.5)
    other = world.flight(3, "LGA", "LAX", leaves=7, takes=5)
    async with living(world, tmp_path, now=T0 + hours(4)) as system:
        left = world.flights[first].departs
        await system.hear(world.status(first, minute=181, departed_at=left))
        await system.hear(world.status(first, minute=235, departed_at=left, diverted_to="LGA"))
        await system.pass_to(T0 + hours(5.1))
        landed = T0 + hours(5)
        await system.hear(world.status(first, minute=305, departed_at=left, diverted_to="LGA", arrived_at=landed))
        end = await system.end()
    assert end.trip("A") == [first, other]


@pytest.mark.parametrize("ssrs", [("UMNR",), ()], ids=["a minor alone", "others"])
@pytest.mark.parametrize("phase", ["rerouted", "diverted", "landed"])
async def test_a_trip_that_ends_at_another_airport_of_the_city_is_marked(
    phase: str, ssrs: tuple[Ssr, ...], tmp_path: Path
) -> None:
    """A minor who travels alone is met at the airport of its ticket: a person has to see to it, and the letter says so."""
    world = World()
    bound = world.flight(1, "ORD", "JFK", leaves=3, takes=2)
    world.party("A", bound, ssrs=ssrs)
    left, landed = world.flights[bound].departs, T0 + hours(5)
    async with living(world, tmp_path, now=left + hours(-0.5) if phase == "rerouted" else T0 + hours(4)) as system:
        if phase == "rerouted":
            await system.hear(world.status(bound, minute=1, diverted_to="EWR"))
        else:
            await system.hear(world.status(bound, minute=181, departed_at=left))
            await system.hear(world.status(bound, minute=235, departed_at=left, diverted_to="EWR"))
        if phase == "landed":
            await system.pass_to(T0 + hours(5.1))
            await system.hear(world.status(bound, minute=305, departed_at=left, diverted_to="EWR", arrived_at=landed))
        end = await system.end()
    last = end.facts("A")[-1]
    assert isinstance(last, BookingKept)
    assert (end.trip("A"), last.marks, last.diverted_to) == ([bound], ("airport",), "EWR")
    assert ("the person who meets the child" in last_letter(end)) == bool(ssrs)


async def test_a_party_that_is_to_land_elsewhere_in_the_city_stays_on_a_smaller_aircraft(tmp_path: Path) -> None:
    """Others have to get off. It was informed of where it lands, and is not again."""
    world = World()
    bound, other = (world.flight(n, "ORD", "JFK", leaves=at, takes=2, economy=2) for n, at in ((1, 3), (2, 5)))
    world.party("A", bound, fare=900)
    world.party("CHEAP", bound, fare=80)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(bound, minute=1, diverted_to="LGA"))
        await system.hear(world.status(bound, minute=2, diverted_to="LGA", seats={"economy": 1}))
        end = await system.end()
    assert (end.trip("A"), end.trip("CHEAP")) == ([bound], [other])
    assert [fact.reason for fact in end.facts("A")] == ["diverted"]


async def test_a_trip_with_a_transfer_that_was_not_sold_is_marked(tmp_path: Path) -> None:
    world, first, dead = _sold_at_one_airport(wait=2)
    soon, other = (world.flight(n, "LGA", "LAX", leaves=at, takes=5) for n, at in ((3, 7.9), (4, 8.5)))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        end = await system.end()
    (fact,) = end.facts("A")
    assert (end.trip("A"), fact.marks) == ([first, other], ("airport",))
    assert soon not in end.trip("A")
    assert "leave again from Laguardia Airport (LGA)" in last_letter(end)
    assert "3 hours 30 minutes" in last_letter(end)


@pytest.mark.parametrize(
    ("origin", "leaves", "says"), [("EWR", 8, ""), ("JFK", 10, "5 hours")], ids=["taken away", "as it was sold"]
)
async def test_a_sold_transfer_is_not_marked_where_a_plan_keeps_it_or_takes_it_away(
    origin: str, leaves: float, says: str, tmp_path: Path
) -> None:
    """Between other flights: the new one leaves where the first one lands, or from the other airport as it was to."""
    world, first, dead = _sold_with_a_transfer(wait=3.5)
    other = world.flight(3, origin, "LAX", leaves=leaves, takes=5)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        end = await system.end()
    (fact,) = end.facts("A")
    assert (end.trip("A"), fact.marks) == ([first, other], ())
    assert says in last_letter(end)
