"""The booker dies (SIGKILL) at each of its steps while offers are made, answered, and left without an answer."""

from pathlib import Path

import pytest

from agents.booker.agent import BOOKER
from tests.journeys.offering import answers, asking, made, open_offer
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.support import eventually

pytestmark = pytest.mark.slow

WORLD = World()
DEAD, SECOND = WORLD.flight(1, leaves=3), WORLD.flight(2, leaves=6)
WORLD.party("TAKES", DEAD, seats=2)
WORLD.party("SILENT", DEAD)


@pytest.mark.parametrize("step", BOOKER.failpoints)
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
async def test_each_offer_is_made_and_decided_once(step: str, nth: int, tmp_path: Path) -> None:
    """Whichever of its commits the booker dies at: seats, facts and letters are as without a death."""
    lives = [{"IROPS_FAILPOINT": f"{step}:{nth}"}]
    async with living(WORLD, tmp_path, apart=["booker"], environment=asking(tmp_path), lives=lives) as system:
        await system.say(WORLD.status(DEAD, cancelled=True))

        async def asked() -> bool:
            return all([await open_offer(system, pnr) for pnr in ("TAKES", "SILENT")])

        await eventually(asked, what="both are asked", within=30)
        await system.settled(within=30)
        offer = await open_offer(system, "TAKES")
        assert offer is not None
        await answers(system, offer, "take", within=30)
        silent = await open_offer(system, "SILENT")
        assert silent is not None
        await system.pass_to(silent.until, within=30)

        async def decided() -> bool:
            return not any([await open_offer(system, pnr) for pnr in ("TAKES", "SILENT")])

        await eventually(decided, what="both are decided", within=30)
        await system.settled(within=30)
        end = await system.end()
        assert end.trip("TAKES") == end.trip("SILENT") == [SECOND]
        assert [(fact.offer, fact.answered_by) for fact in end.facts("TAKES")] == [(offer.id, "party")]
        assert [(fact.offer, fact.answered_by) for fact in end.facts("SILENT")] == [(silent.id, None)]
        assert [len(await made(system, pnr)) for pnr in ("TAKES", "SILENT")] == [1, 1]
        assert end.streams.seats[SECOND].on_offer == {}
