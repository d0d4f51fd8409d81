"""docs/requests.md shows what the command line answers."""

import re
import shlex
from pathlib import Path

from msgspec import structs

from contracts.passengers import Passenger
from tests.irops.command_line import irops
from tests.journeys.requesting import FARES, offering, sold
from tests.journeys.small_world import World
from tests.journeys.system import living

PAGE = (Path(__file__).parents[2] / "docs" / "requests.md").read_text()
SHOWN = re.findall(r"```console\n\$ irops (.*)\n((?:.*\n)*?)```", PAGE)


async def test_each_command_of_the_page_answers_as_shown(tmp_path: Path) -> None:
    """One after the other, in the world that the page is about."""
    world = World()
    out, back = world.flight(1, leaves=9), world.flight(2, "SFO", "JFK", leaves=40)
    world.several("FAMILY", (out,), (back,), seats=3)
    people = tuple(
        Passenger(id=str(n), name=name) for n, name in enumerate(("Ana Ruis", "Bo Ruis", "Cy Ruis"), start=1)
    )
    world.bookings["FAMILY"] = structs.replace(world.bookings["FAMILY"], passengers=people)
    world.bookings["FAMILY"] = sold(world.bookings["FAMILY"], "200.00", "100.00")
    world.party("SAVER", out)
    world.bookings["SAVER"] = sold(world.bookings["SAVER"], "120.00", family="saver")
    later = world.flight(3, leaves=11)
    world.party("SHIFTS", out)
    world.bookings["SHIFTS"] = sold(world.bookings["SHIFTS"], "100.00")
    assert len(SHOWN) == PAGE.count("$ irops") > 0
    gone = world.flight(6, "JFK", "BOS", leaves=5)
    world.party("DRIVES", gone)
    world.bookings["DRIVES"] = sold(world.bookings["DRIVES"], "90.00")
    world.layout("cabin", "ABC DEF", rows=12, exits=(11,), extra_legroom=("11A", "11B", "11C"))
    numbered = world.flight(4, leaves=13, economy=72, layout="cabin")
    world.party("COUPLE", numbered, seats=2)
    world.bookings["COUPLE"] = sold(world.bookings["COUPLE"], "180.00")
    world.party("ALONE", numbered)
    world.numbers = {(numbered, "COUPLE"): ("7A", "7B"), (numbered, "ALONE"): ("9C",)}
    world.party("PACKS", out, seats=2)
    world.bookings["PACKS"] = sold(world.bookings["PACKS"], "240.00", bags=1)
    late = world.flight(5, leaves=15)
    world.party("LATE", late, seats=2)
    world.bookings["LATE"] = sold(world.bookings["LATE"], "240.00")
    async with living(world, tmp_path, environment=FARES) as system:
        await system.hear(offering(later, "120.00"), world.status(late, late=0.5), world.status(gone, cancelled=True))
        for command, output in SHOWN:
            ended = await irops(*shlex.split(command), url=system.server.url)
            assert ended.out + ended.err == output


async def test_a_no_changes_nothing(tmp_path: Path) -> None:
    """Exit status 1; the command asks where it is not given the yes."""
    world = World()
    out = world.flight(1, leaves=9)
    world.party("STAYS", out)
    world.bookings["STAYS"] = sold(world.bookings["STAYS"], "120.00")
    async with living(world, tmp_path, environment=FARES) as system:
        ended = await irops("request", "cancel", "STAYS", url=system.server.url, stdin=b"n\n")
        assert (ended.status, ended.out.endswith("nothing is changed\n")) == (1, True)
        assert (await system.end()).trip("STAYS") == [out]


async def test_an_unknown_party_is_one_line_with_where_to_look(tmp_path: Path) -> None:
    """Exit status 1."""
    async with living(World(), tmp_path, environment=FARES) as system:
        ended = await irops("request", "cancel", "UNKNOWN", url=system.server.url)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "irops: no booking has this PNR; `irops export bookings` lists the parties\n"
