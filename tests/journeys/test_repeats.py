"""Feeds repeat and disorder their statuses, and servers redeliver: no party is planned for or notified twice."""

from pathlib import Path

from bus.wire.api import call
from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import AGENTS, System, living
from tests.support import eventually


def one_cancelled() -> tuple[World, FlightKey]:
    """A party whose flight is to be cancelled, and another flight with seats."""
    world = World()
    dead = world.flight(1, leaves=3)
    world.flight(2, leaves=5)
    world.party("MOVED", dead)
    return world, dead


async def test_a_repeated_status_makes_one_plan_and_one_letter(tmp_path: Path) -> None:
    """Whether the second comes at once or after all is done."""
    world, dead = one_cancelled()
    cancelled = world.status(dead, cancelled=True)
    async with living(world, tmp_path) as system:
        await system.hear(cancelled, cancelled)
        await system.hear(cancelled)
        end = await system.end()
    assert (len(end.plans), len(end.mail)) == (1, 1)


async def test_an_older_status_that_comes_late_changes_nothing(tmp_path: Path) -> None:
    """ "On time", observed before the cancellation and heard after it."""
    world, dead = one_cancelled()
    async with living(world, tmp_path, now=T0 + hours(0.1)) as system:
        await system.hear(world.status(dead, minute=5, cancelled=True))
        await system.hear(world.status(dead, minute=4))
        end = await system.end()
    assert end.streams.flights[dead].phase == "cancelled"
    assert (len(end.plans), len(end.mail)) == (1, 1)
    assert [doubt.reason for doubt in end.streams.doubted] == ["overtaken"]


async def test_redelivery_from_the_beginning_makes_no_second_plan_or_letter(tmp_path: Path) -> None:
    """Every durable consumer is lost with all its acknowledgements, and each agent hears everything once more."""
    world, dead = one_cancelled()
    late = world.flight(3, to="BOS", leaves=4, takes=1)
    world.party("KEEPS", late)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True), world.status(late, minute=2, late=2))
        before = await system.end()
        await forget_acknowledgements(system)
        await eventually(lambda: _recreated(system), what="consumers recreated", within=20)
        await system.settled(within=20)
        after = await system.end()
    assert after.plans == before.plans
    assert after.mail.keys() == before.mail.keys()
    assert after.streams.bookings == before.streams.bookings
    assert after.streams.seats == before.streams.seats


async def forget_acknowledgements(system: System) -> None:
    """Delete the durable consumers, with all their acknowledgements."""
    for agent in AGENTS:
        for stream in agent.streams:
            await call(system.bus.nc, f"CONSUMER.DELETE.{stream}.{agent.name}")


async def _recreated(system: System) -> bool:
    names = {
        (stream, info["name"])
        for stream in {stream for agent in AGENTS for stream in agent.streams}
        for info in (await call(system.bus.nc, f"CONSUMER.LIST.{stream}", {"offset": 0})).get("consumers") or []
    }
    return all((stream, agent.name) in names for agent in AGENTS for stream in agent.streams)
