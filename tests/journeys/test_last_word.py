"""A reservation system that has the last word on what is offered: it confirms a trip, in an answer or in its next version."""

from datetime import timedelta
from pathlib import Path

from contracts.brakes import Scope
from contracts.ledger import BookingChanged, BookingKept, BookingStranded, Holding
from contracts.names import FlightKey
from contracts.offers import Offer
from contracts.reservations import BookingAmended, BookingContradicted, ReservationStatus
from irops.audit import audit
from tests.irops.command_line import irops
from tests.journeys.braking import brake
from tests.journeys.offering import answers, asking, echo, open_offer, refused
from tests.journeys.small_world import World
from tests.journeys.system import End, System, living

SYSTEM = 'by = "system"\n'
LEAVES = 'by = "system"\ndefault = "leave"\n'


def world(*, economy: int = 10) -> tuple[World, FlightKey, FlightKey, FlightKey]:
    """A party of two on a flight in three hours, and two later ones."""
    cases = World()
    first, then, third = (
        cases.flight(1, leaves=3),
        cases.flight(2, leaves=6, economy=economy),
        cases.flight(3, leaves=8),
    )
    cases.party("P", first, seats=2)
    return cases, first, then, third


async def offered(system: System, pnr: str = "P") -> Offer:
    offer = await open_offer(system, pnr)
    assert offer is not None
    return offer


def contradictions(end: End) -> list[BookingContradicted]:
    return [fact for _, fact in end.streams.amended if isinstance(fact, BookingContradicted)]


async def test_a_version_with_the_offers_id_takes_its_trip_with_the_seats_that_are_kept(tmp_path: Path) -> None:
    """The only ones of that flight."""
    cases, dead, second, _ = world(economy=2)
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.hear(echo(cases, offer, contact="new@example.org"))
        end = await system.end()
        assert end.trip("P") == [second]
        assert end.streams.seats[second].holders == {"P": Holding("economy", 2)}
        assert end.streams.seats[second].on_offer == {}
        (fact,) = end.facts("P")
        assert isinstance(fact, BookingChanged)
        assert (fact.offer, fact.answered_by) == (offer.id, "system")
        ((_, amended),) = end.streams.amended
        assert isinstance(amended, BookingAmended)
        assert (amended.version, amended.changed, amended.journeys) == (1, ("contact",), ())
        assert end.streams.bookings["P"].party.contact == "new@example.org"
        assert await open_offer(system, "P") is None


async def test_another_trip_of_the_offer_is_taken_by_a_version_too(tmp_path: Path) -> None:
    cases, dead, second, third = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        await system.hear(echo(cases, await offered(system), 1))
        end = await system.end()
        assert end.trip("P") == [third]
        assert end.streams.seats[second].on_offer == {}


async def test_a_version_takes_a_trip_that_others_are_asked_about(tmp_path: Path) -> None:
    """What the reservation system reports needs no one's yes."""
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, 'by = "party"\n')) as system:
        await system.hear(cases.status(dead, cancelled=True))
        await system.hear(echo(cases, await offered(system)))
        end = await system.end()
        assert end.trip("P") == [second]
        assert end.facts("P")[-1].answered_by == "system"


async def test_a_version_with_other_flights_is_applied_as_any_other(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    elsewhere = cases.flight(4, leaves=9, economy=1)
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.hear(cases.status(elsewhere, minute=1, seats={"economy": 2}))
        booking = cases.booking("P", elsewhere, seats=2)
        await system.hear(ReservationStatus(pnr="P", version=1, booking=booking, offer=offer.id))
        end = await system.end()
        assert end.trip("P") == [elsewhere]
        assert end.facts("P") == []
        assert end.streams.seats[second].on_offer == {}


async def test_an_answer_after_its_version_repeats_it(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.hear(echo(cases, offer))
        await answers(system, offer, "take", by="system")
        end = await system.end()
        assert end.trip("P") == [second]
        assert len(end.facts("P")) == 1
        assert await refused(system) == []
        assert contradictions(end) == []


async def test_a_version_after_its_answer_repeats_it(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await answers(system, offer, "take", by="system")
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [second]
        assert len(end.facts("P")) == 1
        ((_, amended),) = end.streams.amended
        assert isinstance(amended, BookingAmended)
        assert amended.journeys == ()


async def test_a_version_that_needs_more_seats_than_there_are_takes_nothing(tmp_path: Path) -> None:
    """It is contradicted in no part applied, and the offer stays open."""
    cases, dead, second, _ = world(economy=2)
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.hear(echo(cases, offer, passengers=3, seats=3))
        end = await system.end()
        assert [fact.reason for fact in contradictions(end)] == ["no seats"]
        assert await open_offer(system, "P") == offer
        assert end.streams.seats[second].on_offer == {"P": Holding("economy", 2)}


async def test_a_version_that_comes_after_the_deadline_is_applied_where_the_party_was_left(tmp_path: Path) -> None:
    cases, late, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, LEAVES)) as system:
        await system.hear(cases.status(late, late=9))
        offer = await offered(system)
        await system.pass_to(offer.until)
        assert isinstance((await system.end()).facts("P")[-1], BookingKept)
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [second]
        assert contradictions(end) == []


async def test_a_trip_that_is_confirmed_too_late_is_for_a_person_until_the_next_version(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, LEAVES)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(offer.until)
        id_ = await answers(system, offer, "take", by="system")
        await answers(system, offer, "take", by="system")
        end = await system.end()
        assert isinstance(end.facts("P")[-1], BookingStranded)
        (fact,) = contradictions(end)
        assert (fact.reason, fact.answer, fact.version) == ("answered", id_, 0)
        assert [each.refusal for each in await refused(system)] == ["unknown offer"]
        assert audit(end.streams).for_a_person.count == 1
        marks = await irops("marks", url=system.server.url)
        assert f"P answer  answered  {fact.detail}" in marks.out.splitlines()
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [second]
        assert audit(end.streams).for_a_person.count == 0


async def test_a_late_confirmation_of_the_trip_that_the_party_has_is_no_contradiction(tmp_path: Path) -> None:
    """Silence has booked it."""
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(offer.until)
        await answers(system, offer, "take", by="system")
        end = await system.end()
        assert end.trip("P") == [second]
        assert contradictions(end) == []
        assert [each.refusal for each in await refused(system)] == ["unknown offer"]


async def test_a_trip_that_is_refused_after_silence_has_booked_it_is_for_a_person(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(offer.until)
        await answers(system, offer, "leave", by="system")
        end = await system.end()
        assert end.trip("P") == [second]
        assert [fact.reason for fact in contradictions(end)] == ["answered"]


async def test_a_late_refusal_of_a_trip_that_the_party_was_left_without_is_none(tmp_path: Path) -> None:
    cases, late, _, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, LEAVES)) as system:
        await system.hear(cases.status(late, late=9))
        offer = await offered(system)
        await system.pass_to(offer.until)
        await answers(system, offer, "leave", by="system")
        assert contradictions(await system.end()) == []


async def test_a_confirmation_under_a_brake_is_for_a_person(tmp_path: Path) -> None:
    cases, dead, _, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, LEAVES)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await brake(system.bus, Scope())
        await answers(system, offer, "take", by="system")
        end = await system.end()
        assert [each.refusal for each in await refused(system)] == ["paused"]
        assert [fact.reason for fact in contradictions(end)] == ["answered"]


async def test_a_confirmation_of_a_trip_without_seats_is_for_a_person(tmp_path: Path) -> None:
    """Another trip of the offer, whose seats have gone."""
    cases, dead, _, third = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.hear(cases.status(third, minute=1, seats={"economy": 1}))
        chosen = next(each for each in offer.plan.options if each.legs[0].flight == third)
        await answers(system, offer, "take", chosen.id, by="system")
        end = await system.end()
        assert len(await refused(system)) == 1
        assert [fact.reason for fact in contradictions(end)] == ["answered"]


async def test_a_trip_that_was_confirmed_and_is_not_booked_is_booked_by_the_next_version_in_time(
    tmp_path: Path,
) -> None:
    """An answer of those who are not asked is refused; the version that follows is not."""
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, 'by = "party"\n')) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(system.bus.now() + timedelta(minutes=5))
        await answers(system, offer, "take", by="system")
        assert [fact.reason for fact in contradictions(await system.end())] == ["answered"]
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [second]
        assert audit(end.streams).for_a_person.count == 0


async def test_under_a_brake_a_version_is_applied_as_any_other(tmp_path: Path) -> None:
    """A brake stops what irops decides, and no word of the reservation system's."""
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await brake(system.bus, Scope())
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [second]
        assert end.facts("P") == []
        assert await refused(system) == []
        assert contradictions(end) == []


async def test_a_version_takes_a_trip_for_one_journey_and_leaves_the_other(tmp_path: Path) -> None:
    cases = World()
    out, back = cases.flight(1, leaves=3), cases.flight(2, "SFO", "JFK", leaves=40)
    later = cases.flight(3, "SFO", "JFK", leaves=44)
    cases.several("P", (out,), (back,))
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(back, cancelled=True))
        offer = await open_offer(system, "P", 2)
        assert offer is not None
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [out]
        assert end.trip("P", 2) == [later]
        assert [(fact.journey, fact.offer) for fact in end.facts("P")] == [(2, offer.id)]


async def test_a_version_may_leave_out_what_the_party_has_flown(tmp_path: Path) -> None:
    cases = World()
    first = cases.flight(1, "JFK", "ORD", leaves=1, takes=2)
    second = cases.flight(2, "ORD", "SFO", leaves=9, takes=4)
    third = cases.flight(3, "ORD", "SFO", leaves=11, takes=4)
    cases.party("P", first, second)
    left, arrived = cases.flights[first].departs, cases.flights[first].arrives
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.pass_to(arrived + timedelta(minutes=20))
        await system.hear(cases.status(first, minute=190, departed_at=left, arrived_at=arrived))
        await system.hear(cases.status(second, minute=191, cancelled=True))
        offer = await offered(system)
        booking = cases.booking("P", third)
        await system.hear(ReservationStatus(pnr="P", version=1, booking=booking, offer=offer.id))
        end = await system.end()
        assert end.trip("P") == [first, third]
        assert [(fact.offer, fact.answered_by) for fact in end.facts("P")] == [(offer.id, "system")]


async def test_a_version_takes_a_trip_for_a_party_that_waits(tmp_path: Path) -> None:
    cases = World()
    dead, full = cases.flight(1, leaves=5), cases.flight(2, leaves=8, economy=1)
    cases.party("OTHER", full)
    cases.party("P", dead)
    async with living(cases, tmp_path, environment=asking(tmp_path, SYSTEM)) as system:
        await system.hear(cases.status(dead, minute=1, cancelled=True))
        await system.hear(cases.status(full, minute=2, seats={"economy": 2}))
        offer = await offered(system)
        await system.hear(echo(cases, offer))
        end = await system.end()
        assert end.trip("P") == [full]
        assert end.streams.waiting == {}
        assert end.facts("P")[-1].offer == offer.id
