"""Parties for which a model is asked, among others: no party loses by how long it takes or by what it answers."""

from pathlib import Path

import pytest

from contracts.judgement import Wishes
from tests.journeys.small_world import World
from tests.journeys.system import asking, living
from tests.llm.replies import NOTHING, Hangs, Waits, says
from tests.llm.scripted import Scripted
from tests.support import eventually

TOGETHER = says(NOTHING | {"together": True})
EVENING = says(NOTHING | {"depart_after": {"clock": "19:30", "half": None, "day": None}})


async def test_seats_reserved_for_a_judged_party_go_to_a_stranded_one_if_they_are_not_taken(
    tmp_path: Path, scripted: Scripted
) -> None:
    """No party held them, so none releases them: the family that was stranded meanwhile gets them all the same."""
    world = World()
    gone, early, late = (
        world.flight(1, leaves=5),
        world.flight(2, leaves=7, economy=2),
        world.flight(3, leaves=14, economy=1),
    )
    world.party("JUDGED", gone, tier="gold", remark="Not before half past seven in the evening, please.")
    world.party("FAMILY", gone, seats=2)
    scripted.table.on("half past seven", Waits(0.5, EVENING), always=True)
    async with living(world, tmp_path, environment=asking(scripted)) as system:
        await system.hear(world.status(gone, minute=1, cancelled=True))
        end = await system.end()
    assert {
        pnr: booking.journeys[0].legs[0].flight
        for pnr, booking in end.streams.bookings.items()
        if booking.journeys[0].legs
    } == {
        "JUDGED": late,
        "FAMILY": early,
    }


@pytest.mark.slow
async def test_a_planner_stopped_while_the_model_thinks_leaves_the_party_to_another(tmp_path: Path) -> None:
    """It stops waiting for the model, before the deadline; the other planner has the party at once."""
    world = World()
    gone, other = world.flight(1, leaves=5), world.flight(2, leaves=7)
    world.party("JUDGED", gone, remark="We travel together.")
    replies = iter([Hangs()])
    async with Scripted(lambda _: next(replies, TOGETHER)) as model:
        patient = asking(model, IROPS_LLM_DEADLINE_S="50")
        async with living(world, tmp_path, apart=["planner"], environment=patient, pause=60) as system:
            await system.say(world.status(gone, minute=1, cancelled=True))
            await eventually(lambda: model.under_way, what="the model thinks", within=45)
            await system.supervisor.start(["agents.planner"])
            first, _ = system.supervisor.processes
            assert first.process is not None
            first.process.terminate()
            await eventually(lambda: system.deaths, what="the first planner has stopped", within=10)
            await system.settled(within=45)
            end = await system.end()
    assert system.deaths == [("planner", 0)]
    assert end.trip("JUDGED") == [other]
    assert [plan.judgement.wishes for plan in end.plans if plan.judgement] == [Wishes(together=True)]
