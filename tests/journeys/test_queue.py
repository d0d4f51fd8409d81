"""`irops queue`: answers to offers, by the whole system."""

from pathlib import Path

import pytest

from contracts.names import FlightKey
from tests.irops.command_line import irops
from tests.journeys.offering import asking, open_offer
from tests.journeys.small_world import World
from tests.journeys.system import living


def world() -> tuple[World, FlightKey]:
    """A party of two on a flight in three hours, and two later ones."""
    world = World()
    first = world.flight(1, leaves=3)
    world.flight(2, leaves=6)
    world.flight(3, leaves=8)
    world.party("P", first, seats=2)
    return world, first


@pytest.mark.parametrize(
    ("arguments", "line", "by"),
    [
        (["approve", "P"], "done: P is on B6 2 ", "desk"),
        (["choose", "P", "2", "--as", "party"], "done: P is on B6 3 ", "party"),
        (["reject", "P"], "done: P waits in JFK for a trip to ", "desk"),
    ],
    ids=["approve", "choose", "reject"],
)
async def test_an_answer_shows_what_became_of_it(tmp_path: Path, arguments: list[str], line: str, by: str) -> None:
    """And whose it was is in the fact."""
    cases, dead = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        ended = await irops("queue", *arguments, url=system.server.url)
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.startswith(line)
        assert await open_offer(system, "P") is None
        assert (await system.end()).facts("P")[-1].answered_by == by


async def test_a_trip_that_stands_is_kept(tmp_path: Path) -> None:
    """By a no."""
    cases, late = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(late, late=9))
        ended = await irops("queue", "reject", "P", "--as", "party", url=system.server.url)
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.startswith("done: P keeps B6 1 ")


async def test_an_answer_that_is_refused_says_why(tmp_path: Path) -> None:
    """Exit status 1; the offer is open still."""
    cases, dead = world()
    async with living(cases, tmp_path, environment=asking(tmp_path)) as system:
        await system.hear(cases.status(dead, cancelled=True))
        ended = await irops("queue", "approve", "P", "--as", "system", url=system.server.url)
        assert (ended.status, ended.err) == (1, "")
        assert ended.out == "refused: not asked: the offer is for another to answer: party\n"
        assert await open_offer(system, "P")
