"""Letters to people under way, from status to letter through all four agents."""

from datetime import timedelta
from pathlib import Path

from contracts.ledger import BookingKept
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


async def test_people_in_the_air_read_about_their_arrival(tmp_path: Path) -> None:
    """Their flight left on time and comes in an hour late: the letter leaves its departure out."""
    world = World()
    flight = world.flight(1, leaves=1)
    world.party("ABOARD", flight)
    left, lands = world.flights[flight].departs, world.flights[flight].arrives
    async with living(world, tmp_path, now=left + hours(2)) as system:
        await system.hear(world.status(flight, minute=61, departed_at=left))
        late = lands + hours(1)
        await system.hear(world.status(flight, minute=120, departed_at=left, estimated_arrival=late))
        end = await system.end()
    (letter,) = end.letters("ABOARD")
    assert letter["Subject"] == "Flight B6 1: new arrival time"
    assert "Departs:" not in letter.get_content()


async def test_people_who_have_arrived_get_no_letter_about_it(tmp_path: Path) -> None:
    """The delay is heard of when the flight is at the gate; that is recorded, and no fault."""
    world = World()
    flight = world.flight(1, leaves=1)
    world.party("THERE", flight)
    left, lands = world.flights[flight].departs, world.flights[flight].arrives + hours(1)
    async with living(world, tmp_path, now=lands + timedelta(minutes=1)) as system:
        await system.hear(world.status(flight, minute=61, departed_at=left))
        minute = (lands - T0) // timedelta(minutes=1)
        await system.hear(world.status(flight, minute=minute, departed_at=left, arrived_at=lands))
        end = await system.end()
    (fact,) = end.facts("THERE")
    assert isinstance(fact, BookingKept)
    assert [(notice.pnr, notice.id) for notice in end.streams.pointless] == [("THERE", fact.id)]
    assert end.mail == {}


async def test_people_who_wait_for_their_return_are_not_kept_from_their_way_out(tmp_path: Path) -> None:
    """It leaves today, and stays as it is booked."""
    world = World()
    out = world.flight(1, "JFK", "ORD", leaves=4, takes=2)
    back = world.flight(2, "ORD", "JFK", leaves=20, takes=2)
    world.several("OUT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(back, minute=1, cancelled=True))
        end = await system.end()
    (letter,) = end.letters("OUT")
    assert "Please take your trip before this one as it is booked." in letter.get_content()
    assert "to the airport" not in letter.get_content()


async def test_people_whose_flight_came_back_read_that_it_has(tmp_path: Path) -> None:
    """And not that it is going to land somewhere, with advice to go to its gate."""
    world = World()
    back = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    world.party("HOME", back)
    left, came = T0 + hours(1), T0 + hours(2)
    async with living(world, tmp_path, now=T0 + hours(2.1)) as system:
        await system.hear(world.status(back, minute=61, departed_at=left))
        await system.hear(world.status(back, minute=90, departed_at=left, diverted_to="JFK"))
        await system.hear(world.status(back, minute=120, departed_at=left, diverted_to="JFK", arrived_at=came))
        end = await system.end()
    assert [letter["Subject"] for letter in end.letters("HOME")][-1] == "Flight B6 1 has come back to New York (JFK)"


async def test_people_who_have_landed_where_their_trip_ends_read_no_word_on_how_it_continues(tmp_path: Path) -> None:
    """Their flight was diverted to the end of their ticket, which cost them nothing but the flight after it."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    world.party("THERE", first, world.flight(2, "ORD", "SFO", leaves=4, takes=4))
    left, lands = T0 + hours(1), T0 + hours(7)
    async with living(world, tmp_path, now=T0 + hours(7.2)) as system:
        await system.hear(world.status(first, minute=66, departed_at=left))
        away = world.status(first, minute=120, departed_at=left, diverted_to="SFO", estimated_arrival=lands)
        await system.hear(away)
        await system.hear(world.status(first, minute=421, departed_at=left, diverted_to="SFO", arrived_at=lands))
        end = await system.end()
    letters = [letter.get_content() for letter in end.letters("THERE")]
    assert letters
    assert not [letter for letter in letters if "how your journey continues" in letter]


async def test_people_read_nothing_about_a_flight_that_has_gone_on_without_them(tmp_path: Path) -> None:
    """They got off where it was diverted to, and have a flight of their own from there; it is diverted once more."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    world.flight(5, "CLE", "ORD", leaves=7.5, takes=1)
    world.party("OFF", first)
    left, lands, goes_on, ends = (T0 + hours(at) for at in (1, 2.8, 3.1, 4.1))
    async with living(world, tmp_path, now=T0 + hours(3.3)) as system:
        await system.hear(world.status(first, minute=66, departed_at=left))
        await system.hear(world.status(first, minute=138, departed_at=left, diverted_to="CLE"))
        await system.hear(world.status(first, minute=171, departed_at=left, diverted_to="CLE", arrived_at=lands))
        known = len((await system.end()).letters("OFF"))
        await system.hear(world.status(first, minute=192, departed_at=goes_on, estimated_arrival=ends))
        away = world.status(first, minute=198, departed_at=goes_on, diverted_to="DTW", estimated_arrival=ends)
        await system.hear(away)
        end = await system.end()
    letters = [letter["Subject"] for letter in end.letters("OFF")]
    assert letters[known:] == []
    assert letters[-1] == "Flight B6 1 has been diverted: your new trip"
    assert len(end.facts("OFF")) > known
