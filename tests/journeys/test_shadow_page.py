"""docs/shadow.md shows what the command line answers."""

import re
import shlex
from pathlib import Path

from msgspec import structs

from contracts.names import FlightKey, Pnr
from contracts.reservations import ReservationStatus
from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.journeys.system import living

PAGE = (Path(__file__).parents[2] / "docs" / "shadow.md").read_text()
SHOWN = re.findall(r"```console\n\$ irops (.*)\n((?:.*\n)*?)```", PAGE)


def by_hand(world: World, pnr: Pnr, flight: FlightKey) -> ReservationStatus:
    """The reservation system has the party on this flight, with the ticket that it was sold."""
    booking, party = world.booking(pnr, flight), world.bookings[pnr]
    journey = structs.replace(booking.journeys[0], ticket=party.journeys[0].ticket)
    return ReservationStatus(
        pnr=pnr, version=1, booking=structs.replace(booking, party=party.party, journeys=(journey,))
    )


async def test_each_command_of_the_page_answers_as_shown(tmp_path: Path) -> None:
    """In the world that the page is about, where time hardly passes."""
    world = World()
    dead, near, late, other = (
        world.flight(number, leaves=leaves, economy=seats)
        for number, leaves, seats in ((1, 3, 10), (2, 5, 2), (3, 6, 1), (4, 9, 1))
    )
    world.party("FIRST", dead, tier="gold")
    world.party("SECOND", dead, tier="silver")
    world.party("THIRD", dead)
    world.party("LATER", late)
    world.party("FULL", other)
    assert len(SHOWN) == PAGE.count("$ irops") > 0
    async with living(world, tmp_path, speed=0.001, shadow=True) as system:
        await system.hear(world.status(dead, cancelled=True))
        await system.hear(world.status(late, late=1))
        for status in (
            by_hand(world, "FIRST", near),
            by_hand(world, "SECOND", other),
            ReservationStatus(pnr="THIRD", version=1, withdrawn=True),
        ):
            await system.hear(status)
        for command, output in SHOWN:
            ended = await irops(*shlex.split(command), url=system.server.url)
            assert ended.out + ended.err == output
