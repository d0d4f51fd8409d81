"""From status to letter: one journey per test, through all four agents."""

from datetime import timedelta
from pathlib import Path

from contracts.flights import FlightStatus
from contracts.ledger import BookingChanged, BookingKept, BookingStranded
from tests.journeys.braking import take_place
from tests.journeys.situations import sold_above_its_capacity_by_intent
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


async def test_a_party_of_a_cancelled_flight_is_moved_and_gets_a_letter_in_its_language(tmp_path: Path) -> None:
    """Its old seats are free, the new ones taken, and the letter is in Spanish."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", dead, seats=2, language="es")
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert end.trip("MOVED") == [other]
    assert (end.streams.seats[dead].free("economy"), end.streams.seats[other].free("economy")) == (10, 8)
    (letter,) = end.letters("MOVED")
    assert letter["Content-Language"] == "es"
    assert "ha sido cancelado" in letter.get_content()


async def test_a_party_of_a_late_flight_keeps_it_and_gets_a_letter_with_the_new_time(tmp_path: Path) -> None:
    """Beyond the threshold, and no other flight is better."""
    world = World()
    late = world.flight(1, leaves=3)
    world.flight(2, leaves=9)
    world.party("KEEPS", late)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(late, late=1))
        end = await system.end()
    assert end.streams.bookings["KEEPS"].journeys[0].state == "kept"
    assert end.streams.bookings["KEEPS"].journeys[0].legs[0].departs == world.flights[late].departs + hours(1)
    (letter,) = end.letters("KEEPS")
    assert "(before:" in letter.get_content()


async def test_a_flight_a_little_late_disrupts_no_party(tmp_path: Path) -> None:
    """Below the threshold there is neither a plan nor a letter."""
    world = World()
    late = world.flight(1, leaves=3)
    world.party("CALM", late)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(late, late=0.25))
        end = await system.end()
    assert (end.plans, end.mail) == ((), {})


async def test_a_very_late_party_is_moved_to_a_flight_that_gets_it_there_sooner(tmp_path: Path) -> None:
    """Six hours late, with seats on a flight two hours after its own."""
    world = World()
    late, better = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", late)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(late, late=6))
        end = await system.end()
    assert end.trip("MOVED") == [better]
    assert [type(fact) for fact in end.facts("MOVED")] == [BookingChanged]


async def test_a_party_without_a_seat_is_stranded_and_gets_a_letter(tmp_path: Path) -> None:
    """The only other flight is full."""
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("LONELY", full)
    world.party("STUCK", dead, language="fr")
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert (end.streams.bookings["STUCK"].journeys[0].state, end.streams.bookings["STUCK"].journeys[0].legs) == (
        "stranded",
        (),
    )
    assert [letter["Content-Language"] for letter in end.letters("STUCK")] == ["fr"]


async def test_a_stranded_party_gets_the_seats_of_a_restored_flight(tmp_path: Path) -> None:
    """Its flight flies after all: it is back on it, and has two letters."""
    world = World()
    dead = world.flight(1, leaves=3)
    world.party("BACK", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(dead, minute=2))
        end = await system.end()
    assert end.trip("BACK") == [dead]
    assert [type(fact) for fact in end.facts("BACK")] == [BookingStranded, BookingChanged]
    assert len(end.letters("BACK")) == 2


async def test_a_stranded_party_gets_the_seats_that_another_party_gives_up(tmp_path: Path) -> None:
    """An unaccompanied minor cannot leave from another airport; a party that can, does, and frees a seat."""
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=4, economy=1)
    sooner = world.flight(3, "LGA", leaves=5, economy=1)
    world.party("GIVES", full)
    world.party("WAITS", dead, ssrs=("UMNR",))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(full, minute=2, late=8))
        end = await system.end()
    assert {pnr: b.journeys[0].legs[0].flight for pnr, b in end.streams.bookings.items()} == {
        "GIVES": sooner,
        "WAITS": full,
    }
    assert [type(fact) for fact in end.facts("WAITS")] == [BookingStranded, BookingChanged]


async def test_a_party_of_a_diverted_flight_keeps_it_and_gets_a_letter_with_its_destination(tmp_path: Path) -> None:
    """It is on board: it only gets a letter."""
    world = World()
    flight = world.flight(1, leaves=1)
    world.party("ABOARD", flight)
    left = world.flights[flight].departs
    async with living(world, tmp_path, now=left + hours(4)) as system:
        await system.hear(world.status(flight, minute=61, departed_at=left))
        await system.hear(world.status(flight, minute=240, departed_at=left, diverted_to="OAK"))
        end = await system.end()
    assert end.streams.bookings["ABOARD"].journeys[0].state == "kept"
    (fact,) = end.facts("ABOARD")
    assert isinstance(fact, BookingKept)
    assert fact.diverted_to == "OAK"
    assert "Oakland" in end.letters("ABOARD")[0].get_content()


async def test_from_a_smaller_aircraft_the_right_parties_get_off(tmp_path: Path) -> None:
    """Lower tier and fare first, the vulnerable last; the others are not written to."""
    world = World()
    flight, other = world.flight(1, leaves=3, economy=4), world.flight(2, leaves=5)
    world.party("CHILD", flight, fare=50, ssrs=("UMNR",))
    world.party("GOLD", flight, tier="gold", fare=50)
    world.party("DEAR", flight, fare=900)
    world.party("CHEAP", flight, fare=80)
    async with living(world, tmp_path, now=T0 + timedelta(hours=4)) as system:
        await system.hear(world.status(flight, seats={"economy": 2}))
        end = await system.end()
    assert {pnr: b.journeys[0].legs[0].flight for pnr, b in end.streams.bookings.items()} == {
        "CHILD": flight,
        "GOLD": flight,
        "DEAR": other,
        "CHEAP": other,
    }
    assert {str(letter["To"]) for letter in end.mail.values()} == {"dear@example.org", "cheap@example.org"}


async def test_parties_of_a_cabin_that_is_gone_fly_in_another_on_the_same_flight(tmp_path: Path) -> None:
    """The aircraft comes without first: who paid for it flies in economy today, and not in first tomorrow."""
    world = World()
    flight, tomorrow = world.flight(1, leaves=3, economy=14, first=4), world.flight(2, leaves=27, first=4)
    world.party("PLATINUM", flight, seats=2, cabin="first", tier="platinum", fare=3000)
    world.party("FIRST", flight, cabin="first", fare=1500)
    world.party("ECONOMY", flight, seats=3)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(flight, seats={"economy": 14}))
        end = await system.end()
    bookings = end.streams.bookings
    assert {pnr: [(leg.flight, leg.cabin) for leg in b.journeys[0].legs] for pnr, b in bookings.items()} == {
        pnr: [(flight, "economy")] for pnr in bookings
    }
    assert end.streams.seats[flight].free("economy") == 8
    assert not end.streams.seats[tomorrow].holders
    assert {str(letter["To"]) for letter in end.mail.values()} == {"platinum@example.org", "first@example.org"}
    assert "Cabin: economy" in end.letters("PLATINUM")[0].get_content()


async def test_a_smaller_aircraft_has_a_seat_for_each_holder_whatever_was_sold_above_the_former_one(
    tmp_path: Path,
) -> None:
    """Sold up to what was authorised, no party gets off; from the smaller aircraft get off all that have no seat."""
    situation = sold_above_its_capacity_by_intent()
    async with living(situation.world, tmp_path) as system:
        for status in situation.reported:
            assert isinstance(status, FlightStatus)
            await take_place(system, status)
        end = await system.end()
    assert {pnr: b.journeys[0].state for pnr, b in end.streams.bookings.items()} == {
        "STAYS": "kept",
        "FIRST": "ticketed",
        "MOVED": "rebooked",
    }


async def test_a_party_that_loses_its_first_flight_keeps_its_seats_on_the_next(tmp_path: Path) -> None:
    """They are its own, although no seat is free on that flight."""
    world = World()
    dead, earlier = world.flight(1, "JFK", "ORD", leaves=3, takes=2), world.flight(2, "JFK", "ORD", leaves=2, takes=2)
    onward, tomorrow = world.flight(3, "ORD", "SFO", leaves=7, takes=4, economy=2), world.flight(4, leaves=27)
    world.party("THROUGH", dead, onward, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert end.trip("THROUGH") == [earlier, onward]
    assert not end.streams.seats[tomorrow].holders


async def test_a_party_left_behind_by_a_smaller_aircraft_is_moved_and_gets_a_letter(tmp_path: Path) -> None:
    """The smaller aircraft is known only with the departure: too late for a party to get off, with one seat missing."""
    world = World()
    flight, other = world.flight(1, leaves=3, economy=2), world.flight(2, leaves=6)
    world.party("ABOARD", flight, fare=900)
    world.party("BEHIND", flight, fare=80)
    async with living(world, tmp_path, now=T0 + hours(3.1)) as system:
        await system.hear(world.status(flight, minute=182, seats={"economy": 1}, departed_at=T0 + hours(3)))
        end = await system.end()
    assert {pnr: b.journeys[0].legs[0].flight for pnr, b in end.streams.bookings.items()} == {
        "ABOARD": flight,
        "BEHIND": other,
    }
    assert end.streams.seats[flight].offloaded == ("BEHIND",)
    assert {letter["To"] for letter in end.mail.values()} == {"behind@example.org"}


async def test_a_party_that_cannot_fly_from_one_airport_of_a_city_flies_from_another(tmp_path: Path) -> None:
    """JFK and LGA are one city: the letter has the change of airport."""
    world = World()
    dead, other = world.flight(1, "JFK", leaves=3), world.flight(2, "LGA", leaves=5)
    world.party("MOVED", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert end.trip("MOVED") == [other]
    assert "LGA" in end.letters("MOVED")[0].get_content()


async def test_a_connecting_party_that_misses_its_second_flight_is_moved_to_a_later_one(tmp_path: Path) -> None:
    """It keeps the first leg, and its letter has the whole trip."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=2, takes=2)
    second, later = (
        world.flight(2, "ORD", "SFO", leaves=5, takes=4),
        world.flight(3, "ORD", "SFO", leaves=7, takes=4),
    )
    world.party("THROUGH", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=1.5))
        end = await system.end()
    assert end.trip("THROUGH") == [first, later]
    assert len(end.letters("THROUGH")) == 1


async def test_a_party_whose_new_flight_is_cancelled_too_is_moved_again(tmp_path: Path) -> None:
    """Two changes, two letters, and one trip in the end."""
    world = World()
    dead, next_, last = (world.flight(n, leaves=1 + 2 * n) for n in (1, 2, 3))
    world.party("UNLUCKY", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(world.status(next_, minute=2, cancelled=True))
        end = await system.end()
    assert end.trip("UNLUCKY") == [last]
    assert len(end.letters("UNLUCKY")) == 2


async def test_many_parties_of_one_flight_share_few_seats_and_none_is_sold_twice(tmp_path: Path) -> None:
    """Thirty seats wanted, twenty free: parties without one wait."""
    world = World()
    dead, other = world.flight(1, leaves=3, economy=30), world.flight(2, leaves=5, economy=20)
    for i in range(15):
        world.party(f"P{i}", dead, seats=2)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert end.streams.seats[other].free("economy") == 0
    states = [booking.journeys[0].state for booking in end.streams.bookings.values()]
    assert (states.count("rebooked"), states.count("stranded")) == (10, 5)
    assert len(end.mail) == 15


async def test_letters_are_dated_by_event_time(tmp_path: Path) -> None:
    """Not the wall clock: the day is the replayed one."""
    world = World()
    dead = world.flight(1, leaves=3)
    world.party("STUCK", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    (fact,) = end.facts("STUCK")
    assert timedelta(0) <= fact.decided_at - world.status(dead).observed_at < timedelta(minutes=1)


async def test_a_party_is_moved_to_another_airport_only_with_time_to_get_there(tmp_path: Path) -> None:
    """The flight from LGA an hour from now is left out, the one after three hours is taken."""
    world = World()
    dead, _, later = (
        world.flight(1, "EWR", leaves=1),
        world.flight(2, "LGA", leaves=1.2),
        world.flight(3, "LGA", leaves=3.5),
    )
    world.flight(4, "EWR", leaves=12)
    world.party("MOVED", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert end.trip("MOVED") == [later]


async def test_a_party_is_informed_that_a_coach_leaves_in_place_of_its_flight(tmp_path: Path) -> None:
    world = World()
    flight = world.flight(1, "JFK", "BOS", leaves=4, takes=2)
    world.party("A", flight)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(flight, minute=1, mode="coach"))
        end = await system.end()
    (letter,) = end.letters("A")
    assert "coach" in letter.get_content()
