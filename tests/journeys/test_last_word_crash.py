"""The booker dies (SIGKILL) at each of its steps while versions of bookings answer offers, and an answer comes too late."""

from pathlib import Path

import pytest

from agents.booker.agent import BOOKER
from contracts.reservations import BookingAmended, BookingContradicted
from tests.journeys.offering import answers, asking, echo, made, open_offer, refused
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.support import eventually

pytestmark = pytest.mark.slow

WORLD = World()
DEAD, SECOND = WORLD.flight(1, leaves=3), WORLD.flight(2, leaves=6)
WORLD.party("ECHOES", DEAD, seats=2)
WORLD.party("LATE", DEAD)


@pytest.mark.parametrize("step", BOOKER.failpoints)
@pytest.mark.parametrize("nth", [2, 3, 4, 5])
async def test_each_version_is_taken_once_and_each_late_answer_contradicted_once(
    step: str, nth: int, tmp_path: Path
) -> None:
    """Whichever of its commits the booker dies at: the booking has its trip, version and facts together."""
    lives = [{"IROPS_FAILPOINT": f"{step}:{nth}"}]
    rules = asking(tmp_path, 'by = "system"\ndefault = "leave"\n')
    async with living(WORLD, tmp_path, apart=["booker"], environment=rules, lives=lives) as system:
        await system.say(WORLD.status(DEAD, cancelled=True))

        async def asked() -> bool:
            return all([await open_offer(system, pnr) for pnr in ("ECHOES", "LATE")])

        await eventually(asked, what="both are asked", within=30)
        await system.settled(within=30)
        taken, late = await open_offer(system, "ECHOES"), await open_offer(system, "LATE")
        assert taken is not None
        assert late is not None
        await system.hear(echo(WORLD, taken), within=30)
        await system.pass_to(late.until, within=30)

        async def over() -> bool:
            return await open_offer(system, "LATE") is None

        await eventually(over, what="one has ended without an answer", within=30)
        await answers(system, late, "take", by="system", within=30)
        end = await system.end()
        assert end.trip("ECHOES") == [SECOND]
        assert end.trip("LATE") == []
        assert [(fact.offer, fact.answered_by) for fact in end.facts("ECHOES")] == [(taken.id, "system")]
        assert [(fact.offer, fact.answered_by) for fact in end.facts("LATE")] == [(late.id, None)]
        assert [len(await made(system, pnr)) for pnr in ("ECHOES", "LATE")] == [1, 1]
        contradicted = {type(fact): fact.pnr for _, fact in end.streams.amended}
        assert len(end.streams.amended) == 2
        assert contradicted == {BookingAmended: "ECHOES", BookingContradicted: "LATE"}
        assert [each.pnr for each in await refused(system)] == ["LATE"]
        assert end.streams.seats[SECOND].on_offer == {}
