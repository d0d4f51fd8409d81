"""Feeds whose clocks differ: what one says is not lost behind what another one says."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from msgspec import structs

from contracts.flights import FlightStatus
from irops.audit import audit
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


def two_flights() -> World:
    """B6 1, with a party, and B6 2."""
    world = World()
    world.party("A", world.flight(1, leaves=9))
    world.flight(2, leaves=11)
    return world


DEAD, OTHER = "B6.1.JFK.2013-02-08", "B6.2.JFK.2013-02-08"


def stamped(status: FlightStatus, at: datetime) -> FlightStatus:
    return structs.replace(status, observed_at=at)


async def test_a_cancellation_is_heard_behind_a_feed_whose_clock_is_ahead(tmp_path: Path) -> None:
    """Four minutes; the feed that cancels has the right time."""
    world = two_flights()
    async with living(world, tmp_path) as system:
        await system.hear(world.status(DEAD, minute=4, late=0.1))
        await system.hear(world.status(DEAD, minute=2, cancelled=True))
        end = await system.end()
    assert end.trip("A") == [OTHER]


async def test_a_cancellation_is_heard_behind_a_feed_that_is_always_ahead(tmp_path: Path) -> None:
    """It repeats its schedule, and the operator its cancellation; each word of the operator is stamped earlier."""
    world = two_flights()
    async with living(world, tmp_path) as system:
        for minute in (0, 3, 6):
            await system.pass_to(T0 + hours(minute / 60))
            await system.hear(world.status(DEAD, minute=minute + 4.5))
            await system.hear(world.status(DEAD, minute=minute + 0.5, cancelled=True))
        end = await system.end()
    assert end.trip("A") == [OTHER]


async def test_a_word_of_an_hour_ago_withdraws_no_cancellation(tmp_path: Path) -> None:
    """A feed an hour ahead reports the flight on time, which is heard in its time: after a cancellation that came later."""
    world = two_flights()
    async with living(world, tmp_path, speed=600) as system:
        ahead = system.bus.now() + hours(0.9)
        await system.say(stamped(world.status(DEAD), ahead))
        await system.say(stamped(world.status(DEAD, cancelled=True), system.bus.now()))
        await system.settled(within=30)
        assert system.bus.now() > ahead - hours(0.1)
        end = await system.end()
    assert end.streams.flights[DEAD].phase == "cancelled"
    assert end.trip("A") == [OTHER]


async def test_a_cancellation_that_a_newer_status_has_overtaken_is_a_doubt(tmp_path: Path) -> None:
    """Its feed's clock is behind. The audit finds one that is passed over without a fact."""
    world = two_flights()
    async with living(world, tmp_path, now=T0 + hours(1)) as system:
        await system.hear(world.status(DEAD, minute=50, late=0.1))
        await system.hear(world.status(DEAD, minute=48, cancelled=True))
        end = await system.end()
    assert [doubt.reason for doubt in end.streams.doubted] == ["overtaken"]
    assert end.trip("A") == [DEAD]
    silent = audit(replace(end.streams, doubted=())).findings
    assert silent["outdated_flights"] == (
        f"{DEAD}: cancelled by the status of {(T0 + hours(0.8)).isoformat()}, by no change, and no fact doubts it",
    )
