"""The reservation system changes and withdraws bookings while flights are disrupted."""

from pathlib import Path

from contracts.reservations import BookingContradicted
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
