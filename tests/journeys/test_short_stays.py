"""Short stays between two journeys of a booking: looked at by what they mean for the party, whatever the size of the moves."""

from pathlib import Path

import pytest
from msgspec import structs

from contracts.ledger import Booking
from contracts.names import FlightKey, Pnr
from contracts.reservations import ReservationStatus, SplitFrom
from tests.journeys.small_world import World
from tests.journeys.system import End, System, living


def minutes(number: float) -> float:
    """In hours, as worlds have times."""
    return number / 60


class OutAndBack:
    """To San Francisco and back an hour later, and a later flight back."""

    def __init__(self, *, stay: float = 60, booked: bool = True) -> None:
        self.world = World()
        self.out = self.world.flight(1, leaves=3)
        self.back = self.world.flight(2, "SFO", "JFK", leaves=9 + minutes(stay))
        self.later = self.world.flight(3, "SFO", "JFK", leaves=14)
        if booked:
            self.world.several("RT", (self.out,), (self.back,))

    async def moves(self, system: System, minute: float = 2, *, late: float = 29, early: float = 14) -> None:
        """The way out a little later, the way back a little earlier: each by less than is announced."""
        await system.hear(self.world.status(self.out, minute=minute, late=minutes(late)))
        await system.hear(self.world.status(self.back, minute=minute + 1, late=-minutes(early)))


def why(end: End, pnr: Pnr = "RT") -> list[tuple[int, str, FlightKey | None]]:
    return [(fact.journey, fact.reason, fact.broken_by) for fact in end.facts(pnr)]


@pytest.mark.parametrize("first", ["out", "back"])
async def test_a_return_that_two_small_moves_make_impossible_is_moved(first: str, tmp_path: Path) -> None:
    """29 minutes late and 14 minutes early, in either order: 17 minutes are left of an hour."""
    case = OutAndBack()
    world = case.world
    late, early = world.status(case.out, late=minutes(29)), world.status(case.back, late=-minutes(14))
    one, other = (late, early) if first == "out" else (early, late)
    async with living(world, tmp_path) as system:
        await system.hear(one)
        unmoved = await system.end()
        await system.hear(other)
        end = await system.end()
    assert unmoved.plans == ()
    assert (end.trip("RT"), end.trip("RT", 2)) == ([case.out], [case.later])
    assert why(end) == [(2, "unreachable", case.out)]
    (letter,) = end.letters("RT")
    assert "your trip before it now arrives" in " ".join(letter.get_content().split())


async def test_a_stay_as_long_as_is_sold_is_left_alone(tmp_path: Path) -> None:
    """33 minutes are left, and 30 are sold."""
    case = OutAndBack()
    async with living(case.world, tmp_path) as system:
        await case.moves(system, late=15, early=12)
        end = await system.end()
    assert (end.trip("RT", 2), end.plans) == ([case.back], ())


async def test_a_stay_sold_short_is_kept_as_short_as_it_was_sold(tmp_path: Path) -> None:
    """25 minutes were sold; five minutes less are too few."""
    case = OutAndBack(stay=25)
    async with living(case.world, tmp_path) as system:
        await system.hear(case.world.status(case.back, late=minutes(5)))
        kept = await system.end()
        await system.hear(case.world.status(case.out, minute=1, late=minutes(11)))
        end = await system.end()
    assert kept.plans == ()
    assert end.trip("RT", 2) == [case.later]


async def test_a_stay_between_two_airports_of_a_city_needs_the_way_between_them(tmp_path: Path) -> None:
    """Three hours and five minutes from Kennedy to Newark were sold; twenty minutes less are too few."""
    world = World()
    out = world.flight(1, "SFO", "JFK", leaves=3)
    back = world.flight(2, "EWR", "SFO", leaves=12 + minutes(5))
    later = world.flight(3, "EWR", "SFO", leaves=16)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, late=minutes(20)))
        end = await system.end()
    assert (end.trip("RT", 2), why(end)) == ([later], [(2, "unreachable", out)])


async def test_a_return_that_the_reservation_system_adds_is_looked_at(tmp_path: Path) -> None:
    """The booking had the way out alone."""
    case = OutAndBack(booked=False)
    case.world.party("RT", case.out)
    both = OutAndBack().world.bookings["RT"]
    added = structs.replace(both, party=case.world.bookings["RT"].party)
    async with living(case.world, tmp_path) as system:
        await system.hear(ReservationStatus(pnr="RT", version=1, booking=added))
        await case.moves(system)
        end = await system.end()
    assert end.trip("RT", 2) == [case.later]


async def test_a_return_with_a_leg_added_in_front_is_looked_at(tmp_path: Path) -> None:
    """It began in Los Angeles, days later; now it begins where the way out ends, an hour after that."""
    world = World()
    out, home = world.flight(1, leaves=3), world.flight(2, "LAX", "JFK", leaves=16)
    first, other = world.flight(3, "SFO", "LAX", leaves=10, takes=2), world.flight(4, "SFO", "LAX", leaves=12, takes=2)
    world.several("RT", (out,), (home,))
    before = world.bookings["RT"]
    world.several("RT", (out,), (first, home))
    added, world.bookings["RT"] = world.bookings["RT"], before
    async with living(world, tmp_path) as system:
        await system.hear(ReservationStatus(pnr="RT", version=1, booking=added))
        await system.hear(world.status(out, minute=2, late=minutes(29)))
        await system.hear(world.status(first, minute=3, late=-minutes(14)))
        end = await system.end()
    assert end.trip("RT", 2) == [other, home]


async def test_journeys_between_which_another_is_given_up_meet(tmp_path: Path) -> None:
    """Out, an excursion that the reservation system takes out again, and back."""
    case = OutAndBack(stay=360, booked=False)
    world = case.world
    there = world.flight(5, "SFO", "LAX", leaves=10, takes=1)
    home = world.flight(6, "LAX", "SFO", leaves=12.5, takes=1)
    world.several("RT", (case.out,), (there,), (home,), (case.back,))
    whole = world.bookings["RT"]
    rest = structs.replace(whole, journeys=(whole.journeys[0], whole.journeys[3]))
    async with living(world, tmp_path) as system:
        await system.hear(ReservationStatus(pnr="RT", version=1, booking=rest))
        end = await system.end()
    assert end.streams.seats[case.out].connecting["RT"].onward == case.back
    assert end.streams.seats[case.back].connecting["RT"].inbound == case.out


async def test_a_return_to_which_the_party_was_moved_is_looked_at(tmp_path: Path) -> None:
    """It was sold one of the next day; that is cancelled, and the only other one leaves an hour after the way out lands."""
    case = OutAndBack(booked=False)
    del case.world.flights[case.later]
    next_day = case.world.flight(4, "SFO", "JFK", leaves=11.9)
    far = case.world.flight(5, "SFO", "JFK", leaves=30)
    case.world.several("RT", (case.out,), (next_day,))
    async with living(case.world, tmp_path) as system:
        await system.hear(case.world.status(next_day, cancelled=True))
        moved = await system.end()
        await case.moves(system)
        end = await system.end()
    assert moved.trip("RT", 2) == [case.back]
    assert end.trip("RT", 2) == [far]


async def test_both_parts_of_a_booking_that_was_split_are_looked_at(tmp_path: Path) -> None:
    """Each has the stay that the whole had."""
    case = OutAndBack(booked=False)
    case.world.several("PAIR", (case.out,), (case.back,), seats=2)

    def one(pnr: Pnr) -> Booking:
        alone = OutAndBack(booked=False)
        alone.world.several(pnr, (alone.out,), (alone.back,))
        return alone.world.bookings[pnr]

    split = ReservationStatus(
        pnr="ONE", version=1, booking=one("ONE"), split_from=SplitFrom(pnr="PAIR", version=1, booking=one("PAIR"))
    )
    async with living(case.world, tmp_path) as system:
        await system.hear(split)
        await case.moves(system)
        end = await system.end()
    assert [end.trip(pnr, 2) for pnr in ("PAIR", "ONE")] == [[case.later], [case.later]]


async def test_a_way_out_found_after_waiting_is_looked_at(tmp_path: Path) -> None:
    """The party had no flights out for a while, and nothing came before its return."""
    case = OutAndBack(booked=False)
    dead = case.world.flight(4, leaves=2)
    case.world.flights[case.out] = structs.replace(case.world.flights[case.out], seats={"economy": 1})
    case.world.party("HAS", case.out)
    case.world.several("RT", (dead,), (case.back,))
    async with living(case.world, tmp_path) as system:
        await system.hear(case.world.status(dead, cancelled=True))
        waits = await system.end()
        await system.hear(case.world.status(case.out, minute=1, seats={"economy": 2}))
        await case.moves(system)
        end = await system.end()
    assert not waits.streams.seats[case.back].connecting
    assert (end.trip("RT"), end.trip("RT", 2)) == ([case.out], [case.later])


async def test_a_stay_of_days_is_no_connection(tmp_path: Path) -> None:
    """No small move can end it."""
    case = OutAndBack(stay=60 * 25)
    async with living(case.world, tmp_path) as system:
        await case.moves(system)
        end = await system.end()
    assert not any(ledger.connecting for ledger in end.streams.seats.values())
