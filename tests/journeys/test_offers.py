"""Trips that are not booked until someone has agreed, from a rule file to the outcome."""

from datetime import timedelta
from pathlib import Path

from contracts.brakes import Scope
from contracts.ledger import BookingChanged, BookingKept, BookingStranded, Holding
from contracts.names import FlightKey
from contracts.offers import Offer
from contracts.requests import Wanted
from tests.journeys.braking import brake, release
from tests.journeys.offering import answers, asking, made, open_offer, refused
from tests.journeys.requesting import FARES, asks, says_yes, sold
from tests.journeys.small_world import T0, World
from tests.journeys.system import System, living

LEAVES = 'by = "party"\ndefault = "leave"'


def world() -> tuple[World, FlightKey, FlightKey, FlightKey]:
    """A party of two on a flight in three hours, and two later ones."""
    world = World()
    first, second, third = world.flight(1, leaves=3), world.flight(2, leaves=6), world.flight(3, leaves=8)
    world.party("P", first, seats=2)
    return world, first, second, third


async def offered(system: System) -> Offer:
    offer = await open_offer(system, "P")
    assert offer is not None
    return offer


async def test_a_trip_is_offered_and_booked_once_it_is_taken(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        before = await system.end()
        assert before.streams.seats[second].on_offer == {"P": Holding("economy", 2)}
        assert before.trip("P") == [dead]
        await answers(system, offer, "take")
        end = await system.end()
        assert end.trip("P") == [second]
        assert end.streams.seats[second].on_offer == {}
        (fact,) = end.facts("P")
        assert isinstance(fact, BookingChanged)
        assert (fact.offer, fact.answered_by) == (offer.id, "party")
        assert await open_offer(system, "P") is None


async def test_another_trip_is_chosen(tmp_path: Path) -> None:
    cases, dead, _, third = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        chosen = next(each for each in offer.plan.options if each.legs[0].flight == third)
        await answers(system, offer, "take", chosen.id, by="desk")
        end = await system.end()
        assert end.trip("P") == [third]


async def test_who_declines_and_has_no_trip_is_planned_no_more(tmp_path: Path) -> None:
    """Not even when seats are freed: a person looks at what it wants."""
    cases, dead, second, _ = world()
    cases.party("Q", second)
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        await answers(system, await offered(system), "leave")
        await system.hear(cases.status(second, cancelled=True))
        end = await system.end()
        (fact,) = end.facts("P")
        assert isinstance(fact, BookingStranded)
        assert "declined" in fact.marks
        assert len(await made(system, "P")) == 1


async def test_who_declines_and_can_fly_its_trip_keeps_it(tmp_path: Path) -> None:
    cases, late, _, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(late, late=9))
        await answers(system, await offered(system), "leave")
        end = await system.end()
        assert end.trip("P") == [late]
        assert isinstance(end.facts("P")[-1], BookingKept)


async def test_silence_takes_the_first_trip_once_it_is_too_late_to_answer(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(offer.until - timedelta(seconds=30))
        assert await open_offer(system, "P") is not None
        await system.pass_to(offer.until)
        end = await system.end()
        assert end.trip("P") == [second]
        (fact,) = end.facts("P")
        assert (fact.offer, fact.answered_by) == (offer.id, None)


async def test_silence_leaves_the_party_where_the_rules_say_so(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, LEAVES)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(offer.until)
        end = await system.end()
        assert isinstance(end.facts("P")[-1], BookingStranded)
        assert end.streams.seats[second].on_offer == {}


async def test_an_answer_after_the_deadline_changes_nothing(tmp_path: Path) -> None:
    cases, dead, _, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path, LEAVES)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await system.pass_to(offer.until)
        await answers(system, offer, "take")
        assert [each.refusal for each in await refused(system)] == ["unknown offer"]


async def test_an_answer_counts_once(tmp_path: Path) -> None:
    cases, dead, second, third = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        other = next(each for each in offer.plan.options if each.legs[0].flight == third)
        await answers(system, offer, "take", settled=False)
        await answers(system, offer, "take", other.id)
        end = await system.end()
        assert end.trip("P") == [second]
        assert [each.refusal for each in await refused(system)] == ["unknown offer"]


async def test_an_offer_whose_flight_is_cancelled_is_made_again(tmp_path: Path) -> None:
    cases, dead, second, third = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        first = await offered(system)
        await system.hear(cases.status(second, cancelled=True))
        await system.pass_to(system.bus.now())
        again = await offered(system)
        assert again.id != first.id
        assert again.plan.options[0].legs[0].flight == third
        await answers(system, again, "take")
        assert (await system.end()).trip("P") == [third]


async def test_a_party_whose_offer_is_open_finds_its_seats_when_it_is_planned_again(tmp_path: Path) -> None:
    """The only other flight has no seats but those that are kept for it; its own flight is disrupted once more."""
    cases = World()
    late, second = cases.flight(1, leaves=3), cases.flight(2, leaves=6, economy=2)
    cases.party("P", late, seats=2)
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(late, late=9))
        first = await offered(system)
        await system.hear(cases.status(late, late=9, cancelled=True))
        again = await offered(system)
        assert again.id != first.id
        assert [leg.flight for leg in again.plan.options[0].legs] == [second]
        await answers(system, again, "take")
        assert (await system.end()).trip("P") == [second]


async def test_who_declines_seats_that_it_had_lost_is_asked_for_them_once(tmp_path: Path) -> None:
    """Its flight is cancelled, and restored twice; it has left that day's other trip as it is."""
    cases, dead, second, _ = world()
    consent = 'by = "party"\ndefault = "leave"\nafter = ["restored"]'
    async with living(cases, tmp_path, environment=asking(tmp_path, consent)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        await system.say(cases.status(dead, minute=1))
        await system.pass_to(T0 + timedelta(minutes=1))
        offer = await offered(system)
        assert [leg.flight for leg in offer.plan.options[0].legs] == [dead]
        await answers(system, offer, "leave")
        await system.say(cases.status(dead, minute=2, cancelled=True), cases.status(dead, minute=3))
        await system.pass_to(T0 + timedelta(minutes=3))
        assert len(await made(system, "P")) == 1
        assert (await system.end()).trip("P") == [second]


async def test_a_customer_who_cancels_is_asked_no_more(tmp_path: Path) -> None:
    """The request ends the offer: its seats are free, and a late answer finds nothing."""
    cases, dead, second, _ = world()
    cases.bookings["P"] = sold(cases.bookings["P"], "200.00")
    async with living(cases, tmp_path, environment={**FARES, **asking(tmp_path)}) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await says_yes(system, await asks(system, "P", Wanted(cancel=(1,))))
        assert await open_offer(system, "P") is None
        await answers(system, offer, "take")
        end = await system.end()
        assert end.streams.bookings["P"].is_withdrawn
        assert end.streams.seats[second].on_offer == {}
        assert [each.refusal for each in await refused(system)] == ["unknown offer"]


async def test_under_a_brake_no_answer_counts_until_it_has_ended(tmp_path: Path) -> None:
    cases, dead, second, _ = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        offer = await offered(system)
        await brake(system.bus, Scope(flight=dead))
        await answers(system, offer, "take")
        assert [each.refusal for each in await refused(system)] == ["paused"]
        await release(system.bus, Scope(flight=dead))
        await answers(system, offer, "take", by="desk")
        assert (await system.end()).trip("P") == [second]
