"""The hotel agent: its rules alone, and beside the four agents as a process of its own."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from bus.admin.provision import provision
from contracts.ledger import BookingStranded
from examples.hotel.contract import STAY, STREAM, VOUCHER, HotelStay, VoucherIssued
from examples.hotel.rules import DEFAULT, from_environment, voucher
from tests.journeys.small_world import World
from tests.journeys.system import System, living
from tests.support import eventually

RULES = from_environment({})
NEW_YORK = ZoneInfo("America/New_York")
EVENING = datetime(2013, 2, 9, 0, 30, tzinfo=UTC)
"""Half past seven in New York, on 8 February."""
STRANDED = BookingStranded(
    pnr="K7QX2M",
    id="fact-1",
    reason="cancelled",
    before=(),
    origin="JFK",
    destination="BOS",
    language="en",
    contact="",
    decided_at=EVENING,
)


def issued(
    *, at: datetime = EVENING, passengers: int = 1, stay: HotelStay | None = None, airport: str = "JFK"
) -> VoucherIssued | None:
    fact = structs.replace(STRANDED, decided_at=at, origin=airport)
    return voucher(fact, passengers=passengers, stay=stay, zone=NEW_YORK, rules=RULES)


@pytest.mark.parametrize(
    ("at", "night"),
    [
        pytest.param(EVENING, date(2013, 2, 8), id="in the evening"),
        pytest.param(datetime(2013, 2, 9, 7, 0, tzinfo=UTC), date(2013, 2, 8), id="after midnight"),
        pytest.param(datetime(2013, 2, 9, 17, 0, tzinfo=UTC), None, id="at noon"),
    ],
)
def test_a_night_begins_in_the_evening_and_ends_in_the_morning(at: datetime, night: date | None) -> None:
    """Local to the airport; by day nothing is issued."""
    found = issued(at=at)
    assert (found.night if found else None) == night


def test_a_voucher_has_rooms_for_all_and_what_the_airport_costs() -> None:
    """Three people need two rooms of two."""
    dear, usual = issued(passengers=3), issued(airport="ORD")
    assert dear is not None
    assert usual is not None
    assert (dear.rooms, dear.usd, usual.rooms, usual.usd) == (2, 2 * 189, 1, 120)


@pytest.mark.parametrize(
    ("night", "another"),
    [pytest.param(date(2013, 2, 8), False, id="this night"), pytest.param(date(2013, 2, 7), True, id="last night")],
)
def test_a_party_has_one_room_a_night(night: date, another: bool) -> None:
    """A party stranded a second time in one night has a voucher already."""
    assert bool(issued(stay=HotelStay(pnr="K7QX2M", airport="JFK", night=night))) == another


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("people_per_room = 'two'", id="not a number"),
        pytest.param(DEFAULT.read_text().replace("room_usd", "room_eur"), id="unknown field"),
        pytest.param("people_per_room", id="not TOML"),
    ],
)
def test_rules_that_cannot_be_read_name_the_setting(text: str, tmp_path: Path) -> None:
    """The agent ends with this line and status 2."""
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"^HOTEL_RULES is '.*rules.toml': wanted a file like rules.toml$"):
        from_environment({"HOTEL_RULES": str(path)})


async def test_a_stranded_party_gets_one_voucher_though_the_agent_dies_after_its_commit(tmp_path: Path) -> None:
    """The fact is delivered again to the next process, which finds the stay and issues nothing."""
    path = tmp_path / "rules.toml"
    path.write_text(DEFAULT.read_text().replace("evening_hour = 15", "evening_hour = 7"))  # the world begins at seven
    world = World()
    flight = world.flight(1017, leaves=6)
    world.party("K7QX2M", flight, seats=3)
    own = {"HOTEL_RULES": str(path)}
    async with living(world, tmp_path, lives=[{**own, "IROPS_FAILPOINT": "committed:1"}, own]) as system:
        await provision(system.bus.nc, [STREAM])
        await system.supervisor.start(["examples.hotel"])
        await system.hear(world.status(flight, minute=1, cancelled=True))
        await eventually(lambda: system.deaths, what="death of the hotel agent")
        await eventually(lambda: caught_up(system), what="every fact acknowledged")
        vouchers = [recorded.message async for recorded in system.bus.history(VOUCHER)]
        key = STAY.key(pnr="K7QX2M")
        stay = (await system.bus.load([key]))[key]
    assert [(voucher.pnr, voucher.night, voucher.rooms, voucher.usd) for voucher in vouchers] == [
        ("K7QX2M", date(2013, 2, 8), 2, 2 * 189)
    ]
    assert stay is not None
    assert stay.message == HotelStay(pnr="K7QX2M", airport="JFK", night=date(2013, 2, 8))


async def caught_up(system: System) -> bool:
    """Whether the hotel's consumer has acknowledged all there is."""
    info = await system.bus.nc.jetstream().consumer_info("LEDGER", "hotel")
    return (info.num_pending, info.num_ack_pending) == (0, 0)
