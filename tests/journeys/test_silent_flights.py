"""Flights of which no word comes any more: their parties are planned on, and the word that comes later is answered too."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from contracts.flights import FlightStatus
from contracts.ledger import ACTIVE_BOOKER
from contracts.names import FlightKey
from irops.audit import audit
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, System, living
from tests.support import eventually


def away(world: World, flight: FlightKey, to: str, *, lands: float) -> list[tuple[float, FlightStatus]]:
    """It leaves an hour after `T0` and is to land elsewhere; each status with the hour at which it comes."""
    left: dict[str, Any] = {"departed_at": T0 + hours(1)}
    return [
        (1.1, world.status(flight, minute=62, **left)),
        (2, world.status(flight, minute=119, diverted_to=to, estimated_arrival=T0 + hours(lands), **left)),
    ]


def down(world: World, flight: FlightKey, to: str, *, at: float, **more: Any) -> tuple[float, FlightStatus]:
    """It has landed there."""
    landed = {"departed_at": T0 + hours(1), "diverted_to": to, "arrived_at": T0 + hours(at), **more}
    return at + 0.1, world.status(flight, minute=at * 60 + 5, **landed)


async def hears(system: System, *says: tuple[float, FlightStatus]) -> None:
    for at, status in says:
        await system.pass_to(max(T0 + hours(at), system.bus.now()))
        await system.hear(status)


async def later(system: System, hour: float) -> End:
    await system.pass_to(T0 + hours(hour))
    return await system.end()


async def test_a_party_on_a_diverted_flight_of_which_no_landing_is_reported_is_brought_on(tmp_path: Path) -> None:
    """An hour after it was to land there, from there."""
    world = World()
    flight, onward = world.flight(1, leaves=1), world.flight(3, "DTW", "SFO", leaves=6, takes=4)
    world.party("ABOARD", flight)
    async with living(world, tmp_path) as system:
        await hears(system, *away(world, flight, "DTW", lands=3))
        waiting = await later(system, 3.9)
        moved = await later(system, 4.1)
        end = await later(system, 19)
    assert waiting.trip("ABOARD") == [flight]
    assert moved.trip("ABOARD") == [flight, onward]
    assert len(end.facts("ABOARD")) == 2
    assert [fact.kind for _, fact in end.streams.disrupted] == ["diverted", "diverted"]


async def test_a_party_whose_flight_came_back_is_moved_when_nothing_more_is_heard(tmp_path: Path) -> None:
    world = World()
    flight, other = world.flight(1, leaves=1), world.flight(2, leaves=9)
    world.party("HOME", flight)
    async with living(world, tmp_path) as system:
        await hears(system, *away(world, flight, "JFK", lands=3), down(world, flight, "JFK", at=2.9))
        waiting = await later(system, 3.8)
        end = await later(system, 4)
    assert waiting.trip("HOME") == [flight]
    assert end.trip("HOME") == [other]
    assert "has turned back" in end.letters("HOME")[-1]["Subject"]


async def test_a_party_whose_flight_was_to_come_back_is_moved_when_nothing_more_is_heard(tmp_path: Path) -> None:
    """That it is back is in no status."""
    world = World()
    flight, other = world.flight(1, leaves=1), world.flight(2, leaves=9)
    world.party("HOME", flight)
    async with living(world, tmp_path) as system:
        await hears(system, *away(world, flight, "JFK", lands=3))
        end = await later(system, 4.1)
    assert end.trip("HOME") == [other]


async def test_a_party_that_is_stranded_by_a_silence_has_its_seats_when_its_flight_leaves_again(tmp_path: Path) -> None:
    world = World()
    flight = world.flight(1, leaves=1)
    world.party("HOME", flight)
    again = world.status(flight, minute=301, estimated_departure=T0 + hours(7), estimated_arrival=T0 + hours(13))
    async with living(world, tmp_path) as system:
        await hears(system, *away(world, flight, "JFK", lands=3), down(world, flight, "JFK", at=2.9))
        stranded = await later(system, 4)
        await hears(system, (5, again))
        end = await later(system, 5.2)
    assert set(stranded.streams.waiting) == {("HOME", 1)}
    assert end.trip("HOME") == [flight]


async def test_a_landing_that_is_heard_late_is_answered_once_more(tmp_path: Path) -> None:
    """It came in too late for the flight that its party was given."""
    world = World()
    flight = world.flight(1, leaves=1)
    soon, last = (world.flight(n, "DTW", "SFO", leaves=leaves, takes=4) for n, leaves in ((3, 6), (4, 9)))
    world.party("ABOARD", flight)
    async with living(world, tmp_path) as system:
        await hears(system, *away(world, flight, "DTW", lands=3))
        presumed = await later(system, 4.1)
        await hears(system, down(world, flight, "DTW", at=5.8))
        end = await system.end()
    assert presumed.trip("ABOARD") == [flight, soon]
    assert end.trip("ABOARD") == [flight, last]


@pytest.mark.slow
async def test_a_booker_that_takes_over_knows_the_silence_from_the_ledger(tmp_path: Path) -> None:
    """It names the holders in time, and one that takes over after it does not name them again."""
    world = World()
    flight, onward = world.flight(1, leaves=1), world.flight(3, "DTW", "SFO", leaves=6, takes=4)
    world.party("ABOARD", flight)
    async with living(world, tmp_path, apart=["booker"], replicas=2) as system:
        await hears(system, *away(world, flight, "DTW", lands=3))
        await taken_over(system)
        moved = await later(system, 4.1)
        await taken_over(system)
        end = await later(system, 8)
    assert moved.trip("ABOARD") == [flight, onward]
    assert end.facts("ABOARD") == moved.facts("ABOARD")
    assert len(end.streams.disrupted) == 2


async def taken_over(system: System) -> None:
    """The active booker is killed, and another one is active."""
    before = await active_booker(system)
    os.kill(before, signal.SIGKILL)
    await eventually(lambda: _another(system, before), what="another active booker")


async def active_booker(system: System) -> int:
    """Its process id: the holder's name is `<host>.<pid>.<random>`."""
    entry = (await system.bus.load([ACTIVE_BOOKER.key()]))[ACTIVE_BOOKER.key()]
    return int(entry.message.holder.split(".")[-2]) if entry else 0


async def _another(system: System, before: int) -> bool:
    return await active_booker(system) != before


async def test_a_flight_that_no_one_hears_of_for_hours_is_for_a_person_to_look_at(tmp_path: Path) -> None:
    """Its parties hold their seats, for they may be in the air."""
    world = World()
    flight = world.flight(1, leaves=2)
    world.party("SOMEWHERE", flight)
    async with living(world, tmp_path) as system:
        presumed = await later(system, 2.9)
        end = await later(system, 3)
    assert audit(presumed.streams).for_a_person.shown == []
    (finding,) = audit(end.streams).for_a_person.shown
    assert (
        finding == f"{flight} was to leave at {(T0 + hours(2)).isoformat()}, and no word of it has come; it has 1 party"
    )
    assert end.trip("SOMEWHERE") == [flight]
