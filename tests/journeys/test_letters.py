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
