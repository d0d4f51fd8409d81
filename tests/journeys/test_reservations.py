"""The reservation system changes and withdraws bookings while flights are disrupted."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from contracts.names import FlightKey
from contracts.passengers import Passenger
from contracts.reservations import BookingAmended, BookingContradicted, ReservationStatus, SplitFrom
from irops.audit import audit
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living
from tests.reservation_system import whole, withdrawn


async def test_a_party_on_another_flight_is_planned_when_that_one_is_cancelled(tmp_path: Path) -> None:
    """Its letter begins from the flight that the reservation system gave it."""
    world = World()
    sold, given, _ = (world.flight(number, leaves=4 + number) for number in (1, 2, 3))
    world.party("A", sold)
    async with living(world, tmp_path) as system:
        await system.hear(whole(world.booking("A", given), 1))
        await system.hear(world.status(given, cancelled=True))
        (fact,) = (end := await system.end()).facts("A")
        assert [leg.flight for leg in fact.before] == [given]
        assert len(end.letters("A")) == 1


async def test_a_corrected_contact_gets_the_next_letter_and_undoes_no_rebooking(tmp_path: Path) -> None:
    """The reservation system repeats the flights that it knows."""
    world = World()
    dead, other, third = (world.flight(number, leaves=4 + number) for number in (1, 2, 3))
    world.party("A", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(whole(world.bookings["A"], 1, contact="new@example.org"))
        await system.hear(world.status(other, minute=2, cancelled=True))
        end = await system.end()
    assert [str(letter["To"]) for letter in end.letters("A")] == ["a@example.org", "new@example.org"]
    assert end.trip("A") == [third]


async def test_a_corrected_contact_gets_the_letter_that_could_not_be_sent(tmp_path: Path) -> None:
    """By itself, and once; and the address is without the blanks that it came with."""
    world = World()
    dead, _ = world.flight(1, leaves=6), world.flight(2, leaves=8)
    world.party("A", dead)
    unknown = structs.replace(world.bookings["A"].party, contact="")
    world.bookings["A"] = structs.replace(world.bookings["A"], party=unknown)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        before = await system.end()
        for version in (1, 2):
            await system.hear(whole(world.bookings["A"], version, contact=f" new{version}@example.org "))
        end = await system.end()
    assert audit(before.streams).findings.keys() == {"unnotified_parties"}
    assert [str(letter["To"]) for letter in end.letters("A")] == ["new1@example.org"]
    assert end.streams.bookings["A"].party.contact == "new2@example.org"


async def test_a_party_that_stays_on_a_smaller_aircraft_is_not_answered_when_its_contact_is_corrected(
    tmp_path: Path,
) -> None:
    """Others had to get off. Nothing has happened to its trip, be its contact new or its passenger checked in."""
    world = World()
    flight, other = world.flight(1, leaves=3, economy=2), world.flight(2, leaves=5)
    world.party("STAYS", flight, fare=900, people=(Passenger(id="1"),))
    world.party("CHEAP", flight, fare=80)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(flight, seats={"economy": 1}))
        await system.hear(whole(world.bookings["STAYS"], 1, contact="new@example.org"))
        here = structs.replace(world.bookings["STAYS"], passengers=(Passenger(id="1", coupons={flight: "checked_in"}),))
        await system.hear(whole(here, 2, contact="new@example.org"))
        end = await system.end()
    assert (end.trip("CHEAP"), end.trip("STAYS")) == ([other], [flight])
    assert end.facts("STAYS") == []


async def test_a_party_on_a_flight_whose_connection_others_lost_is_not_answered_when_its_contact_is_corrected(
    tmp_path: Path,
) -> None:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2)
    second, other = (world.flight(n, "ORD", "SFO", leaves=at, takes=4) for n, at in ((2, 8), (3, 9)))
    world.party("THROUGH", first, second)
    world.party("THERE", first)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=0.45))
        await system.hear(world.status(second, minute=2, late=-0.2))
        assert (await system.end()).trip("THROUGH") == [first, other]
        await system.hear(whole(world.bookings["THERE"], 1, contact="new@example.org"))
        end = await system.end()
    assert end.facts("THERE") == []


async def test_a_party_that_was_moved_to_a_flight_is_not_answered_for_others_that_had_to_get_off(
    tmp_path: Path,
) -> None:
    """It is offered the seats that it had lost, which serve it no better."""
    world = World()
    dead, other = world.flight(1, leaves=3, economy=1), world.flight(2, leaves=3.5, economy=2)
    world.flight(3, leaves=7)
    world.party("MOVED", dead, fare=900)
    world.party("CHEAP", other, fare=80)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(other, minute=2, seats={"economy": 1}))
        await system.hear(world.status(dead, minute=3))
        end = await system.end()
    assert end.trip("MOVED") == [other]
    assert [fact.reason for fact in end.facts("MOVED")] == ["cancelled"]


async def test_a_party_that_was_given_a_flight_which_none_had_and_is_cancelled_is_planned(tmp_path: Path) -> None:
    """Its cancellation had disrupted none."""
    world = World()
    sold, dead, other = (world.flight(number, leaves=4 + number) for number in (1, 2, 3))
    world.party("A", sold)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(whole(world.booking("A", dead), 1))
        end = await system.end()
    assert end.trip("A")[0] in (sold, other)
    ((_, amended),) = end.streams.amended
    assert isinstance(amended, BookingAmended)
    assert [leg.answered for leg in amended.journeys[0].after] == [0]


async def test_other_flights_than_irops_has_given_wait_for_a_person(tmp_path: Path) -> None:
    """The party keeps what its letter says, and the audit names it until a later version agrees."""
    world = World()
    dead, moved, theirs = (world.flight(number, leaves=4 + number) for number in (1, 2, 3))
    world.party("A", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        await system.hear(whole(world.booking("A", theirs), 1))
        end = await system.end()
        assert end.trip("A") == [moved]
        ((_, fact),) = end.streams.amended
        assert isinstance(fact, BookingContradicted)
        assert audit(end.streams).for_a_person.shown == [
            "A version 1 of the reservation system: moved: is moved to B6 3; irops has moved it to B6 2"
        ]
        await system.hear(whole(world.booking("A", moved), 2))
        assert not audit((await system.end()).streams).for_a_person.count


async def test_a_return_is_planned_again_when_its_stranded_way_out_is_given_up(tmp_path: Path) -> None:
    """What made it late is in no booking any more, and the audit still finds it."""
    world = World()
    out = world.flight(1, "JFK", "ORD", leaves=2, takes=2)
    back, later = (world.flight(n, "ORD", "JFK", leaves=at, takes=2) for n, at in ((2, 5), (3, 9)))
    world.several("A", (out,), (back,))
    own = world.bookings["A"]
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, minute=1, cancelled=True))
        await system.pass_to(T0 + hours(4.5))
        await system.hear(whole(structs.replace(own, journeys=own.journeys[1:]), 1))
        end = await system.end()
    assert end.trip("A", 2) == [later]
    assert not audit(end.streams).findings


@pytest.mark.parametrize("given_up", [False, True], ids=["moved", "given-up"])
async def test_a_return_is_back_on_its_flight_where_its_way_out_is_not_late_any_more(
    given_up: bool, tmp_path: Path
) -> None:
    """It was moved only because the way out was late, which the reservation system has given another flight, or up."""
    world = World()
    out, other = world.flight(1, leaves=3), world.flight(4, leaves=5, economy=0)
    back, later = (world.flight(n, "SFO", "JFK", leaves=at) for n, at in ((2, 14), (3, 24)))
    world.several("A", (out,), (back,))
    sold = world.bookings["A"]
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, late=6))
        moved = await system.end()
        await system.hear(world.status(other, minute=1, seats={"economy": 5}))
        legs = world.booking("A", other).journeys[0].legs
        theirs = sold.journeys[1:] if given_up else (structs.replace(sold.journeys[0], legs=legs), *sold.journeys[1:])
        await system.hear(whole(structs.replace(sold, journeys=theirs), 1))
        end = await system.end()
    assert (moved.trip("A", 1), moved.trip("A", 2)) == ([out], [later])
    assert end.trip("A", 2) == [back]
    assert not audit(end.streams).findings


async def test_a_withdrawn_booking_gives_its_seats_to_those_who_wait(tmp_path: Path) -> None:
    """The waitlist is planned again with the seats that are freed."""
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("GOES", full)
    world.party("WAITS", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        assert (await system.end()).streams.waiting
        await system.hear(withdrawn("GOES", 1))
        end = await system.end()
    assert not end.streams.waiting
    assert end.trip("WAITS") == [full]
    assert end.streams.bookings["GOES"].is_withdrawn


async def test_a_waiting_party_that_shrinks_fits_into_the_seats_there_are(tmp_path: Path) -> None:
    """No seat was freed: the party needs fewer."""
    world = World()
    dead, small = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("A", dead, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        assert (await system.end()).streams.waiting
        await system.hear(whole(world.bookings["A"], 1, passengers=1, seats=1))
        end = await system.end()
    assert end.trip("A") == [small]
    assert [fact.reason for fact in end.facts("A")] == ["cancelled", "amended"]


async def test_a_party_that_shrinks_is_back_on_its_flight_where_it_fits_now(tmp_path: Path) -> None:
    """The aircraft became too small for the two of them, and has one seat left."""
    world = World()
    small, late = world.flight(1, leaves=5, economy=3), world.flight(2, leaves=20)
    world.party("STAYS", small, tier="platinum")
    world.party("A", small, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(small, minute=1, seats={"economy": 2}))
        assert (await system.end()).trip("A") == [late]
        await system.hear(whole(world.bookings["A"], 1, passengers=1, seats=1))
        end = await system.end()
    assert end.trip("A") == [small]
    assert [fact.reason for fact in end.facts("A")] == ["downgauged", "restored"]


async def test_a_booking_that_is_new_and_one_that_comes_late_end_as_the_highest_version(tmp_path: Path) -> None:
    """In whatever order the versions arrive, and however often."""
    world = World()
    first, second = world.flight(1, leaves=4), world.flight(2, leaves=6)
    new = [whole(world.booking("NEW", on), version) for version, on in ((1, first), (2, second))]
    async with living(world, tmp_path) as system:
        await system.hear(new[1], new[0], withdrawn("GONE", 2), whole(world.booking("GONE", first), 1))
        end = await system.end()
    assert end.trip("NEW") == [second]
    assert end.streams.bookings["GONE"].is_withdrawn
    assert end.streams.seats[first].holders == {}


async def test_a_withdrawn_booking_gives_its_seats_to_those_who_lost_some(tmp_path: Path) -> None:
    """The aircraft became too small for both parties; the one that stayed on board does not travel after all."""
    world = World()
    small, late = world.flight(1, leaves=5, economy=2), world.flight(2, leaves=20)
    world.party("GOES", small, tier="platinum")
    world.party("MOVED", small)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(small, minute=1, seats={"economy": 1}))
        assert [leg.flight for leg in (await system.end()).streams.bookings["MOVED"].all_legs] == [late]
        await system.hear(withdrawn("GOES", 1))
        end = await system.end()
    assert end.trip("MOVED") == [small]


async def test_a_party_that_the_reservation_system_gave_a_trip_is_not_moved_back(tmp_path: Path) -> None:
    """It was stranded, and its first flight flies after all."""
    world = World()
    dead, full = world.flight(1, leaves=3.5), world.flight(2, leaves=5, economy=1)
    world.party("OTHER", full)
    world.party("A", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(full, minute=2, seats={"economy": 1}, authorised={"economy": 2}))
        await system.hear(whole(world.booking("A", full), 1))
        await system.hear(world.status(dead, minute=3))
        end = await system.end()
    assert end.trip("A") == [full]


async def test_a_journey_that_the_reservation_system_has_changed_may_be_moved_back_again(tmp_path: Path) -> None:
    """Its first flight was lost and had again; so is the flight that it was given then."""
    world = World()
    first, given, _ = (world.flight(number, leaves=leaves) for number, leaves in ((1, 5), (2, 6), (3, 24)))
    world.party("A", first)
    async with living(world, tmp_path, now=T0 + hours(0.25)) as system:
        for minute, (flight, cancelled) in enumerate(((given, True), (first, True), (first, False), (given, False))):
            await system.hear(world.status(flight, minute=minute, cancelled=cancelled))
        await system.hear(whole(world.booking("A", given), 1))
        for minute, (flight, cancelled) in enumerate(((first, True), (given, True), (given, False)), start=4):
            await system.hear(world.status(flight, minute=minute, cancelled=cancelled))
        end = await system.end()
    assert [fact.reason for fact in end.facts("A")] == ["cancelled", "restored", "cancelled", "restored"]


def halved(world: World, on: FlightKey, seats: int = 1, **left: Any) -> ReservationStatus:
    """One of the passengers of A gets a booking of their own."""
    rest = SplitFrom(pnr="A", version=1, booking=world.booking("A", on, seats=seats, fare=100, **left))
    return ReservationStatus(pnr="NEW", version=1, booking=world.booking("NEW", on, fare=100), split_from=rest)


async def test_a_split_party_is_planned_and_written_to_as_two(tmp_path: Path) -> None:
    """Each from the trip that irops had given it."""
    world = World()
    dead, then, last = (world.flight(number, leaves=4 + number) for number in (1, 2, 3))
    world.party("A", dead, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(halved(world, dead))
        assert [len((await system.end()).letters(pnr)) for pnr in ("A", "NEW")] == [1, 0]
        await system.hear(world.status(then, minute=2, cancelled=True))
        end = await system.end()
    for pnr, letters in (("A", 2), ("NEW", 1)):
        assert [leg.flight for leg in end.facts(pnr)[-1].before] == [then]
        assert end.trip(pnr) == [last]
        assert len(end.letters(pnr)) == letters
    assert [str(letter["To"]) for letter in end.letters("NEW")] == ["new@example.org"]


async def test_a_party_that_is_split_before_it_was_planned_is_planned_as_two(tmp_path: Path) -> None:
    """The flight is full of others, and the two have no seats together: one of them is moved, and the other waits."""
    world = World()
    dead, small = world.flight(1, leaves=4), world.flight(2, leaves=6, economy=1)
    world.party("A", dead, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        assert (await system.end()).streams.waiting.keys() == {("A", 1)}
        await system.hear(halved(world, dead))
        end = await system.end()
    assert len(end.streams.waiting) == 1
    assert sum(held.seats for held in end.streams.seats[small].holders.values()) == 1


async def test_both_halves_are_offered_the_seats_that_the_party_had_lost(tmp_path: Path) -> None:
    """Those of the flight that it was moved to first, too."""
    world = World()
    sold, then, last = (world.flight(number, leaves=leaves) for number, leaves in ((1, 5), (2, 7), (3, 30)))
    world.party("A", sold, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(sold, minute=1, cancelled=True))
        await system.hear(world.status(then, minute=2, cancelled=True))
        await system.hear(halved(world, sold))
        assert (await system.end()).trip("NEW") == [last]
        await system.hear(world.status(then, minute=3))
        end = await system.end()
    for pnr in ("A", "NEW"):
        assert end.trip(pnr) == [then]


async def test_a_reservation_for_a_flight_whose_schedule_comes_later_is_applied_then(tmp_path: Path) -> None:
    """A system may say what was sold before the feed says what flies."""
    world, later = World(), World()
    world.flight(1, leaves=4)
    coming = later.flight(2, leaves=6)
    async with living(world, tmp_path) as system:
        await system.say(whole(later.booking("A", coming), 1))
        await system.hear(later.status(coming, seats={"economy": 5}))
        end = await system.end()
    assert [type(fact) for _, fact in end.streams.amended] == [BookingAmended]
    assert end.trip("A") == [coming]


async def test_a_reservation_for_a_flight_that_never_comes_is_contradicted(tmp_path: Path) -> None:
    world, later = World(), World()
    world.flight(1, leaves=4)
    async with living(world, tmp_path) as system:
        await system.say(whole(later.booking("A", later.flight(2, leaves=6)), 1))
        await system.pass_to(T0 + hours(1.1))
        ((_, fact),) = (await system.end()).streams.amended
    assert isinstance(fact, BookingContradicted)
    assert (fact.reason, fact.detail) == ("impossible", "unknown flight B6.2.JFK.2013-02-08")


async def test_a_booking_that_is_heard_after_its_flight_was_cancelled_is_planned(tmp_path: Path) -> None:
    """As one is that was heard before: the order of two messages decides nothing for the party."""
    world = World()
    dead, other = world.flight(1, leaves=5), world.flight(2, leaves=6)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(whole(world.booking("A", dead), 1))
        end = await system.end()
    assert end.trip("A") == [other]


async def test_a_connection_that_is_known_to_be_lost_is_planned_when_it_is_sold(tmp_path: Path) -> None:
    """29 minutes late, with 17 minutes left to change planes."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=2, takes=2)
    onward, later = (world.flight(2 + at, "ORD", "SFO", leaves=leaves, takes=4) for at, leaves in enumerate((4.77, 8)))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=29 / 60))
        await system.hear(whole(world.booking("A", first, onward), 1))
        end = await system.end()
    assert end.trip("A") == [first, later]


async def test_a_version_without_a_flown_leg_corrects_the_contact(tmp_path: Path) -> None:
    """The booking is reserved as irops has it, but for what has been flown."""
    world = World()
    flown = world.flight(1, "JFK", "ORD", leaves=-3, takes=2)
    onward = world.flight(2, "ORD", "SFO", leaves=3, takes=4)
    world.flight(3, "ORD", "SFO", leaves=4, takes=4)
    world.party("A", flown, onward)
    own = world.bookings["A"].journeys[0]
    rest = structs.replace(world.bookings["A"], journeys=(structs.replace(own, legs=own.legs[1:]),))
    async with living(world, tmp_path) as system:
        left = T0 - hours(3)
        await system.hear(world.status(flown, minute=-60, departed_at=left, arrived_at=T0 - hours(1)))
        await system.hear(whole(rest, 1, contact="new@example.org"))
        await system.hear(world.status(onward, minute=1, cancelled=True))
        end = await system.end()
    assert [str(letter["To"]) for letter in end.letters("A")] == ["new@example.org"]
    assert not audit(end.streams).findings


async def test_a_return_that_is_given_up_and_had_again_begins_once_more(tmp_path: Path) -> None:
    """Under its number; the audit takes it for no fact that is missing."""
    world = World()
    out, back = world.flight(1, "JFK", "ORD", leaves=2), world.flight(2, "ORD", "JFK", leaves=20)
    world.several("A", (out,), (back,))
    sold = world.bookings["A"]
    async with living(world, tmp_path) as system:
        await system.hear(whole(structs.replace(sold, journeys=sold.journeys[:1]), 1))
        await system.hear(whole(sold, 2))
        end = await system.end()
    assert end.trip("A", 2) == [back]
