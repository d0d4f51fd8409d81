"""A storm in which a third of the parties are asked before they are moved, and answer as the scripted public does."""

import asyncio
from pathlib import Path

import pytest

from irops.audit import Streams
from irops.replay.options import LOCKSTEP, ReplayOptions
from irops.system.reading import read_streams
from simulation.parties import seed_flights
from simulation.record import read_days
from tests.journeys.replaying import left_by, staged

pytestmark = pytest.mark.slow

RULES = Path(__file__).parents[2] / "examples" / "asking"
OPTIONS = ReplayOptions(replay_hours=9, horizon_days=0, speed=LOCKSTEP, seed=7, sample=0.02)


async def replayed(folder: Path) -> Streams:
    async with staged(OPTIONS, folder, environment={"IROPS_RULES_FOLDER": str(RULES)}) as prepare:
        ended = await prepare.run()
        assert ended.audit.clean, ended.audit.findings
        assert prepare.supervisor.restarts == 0
        return await read_streams(prepare.bus)


def test_a_third_of_the_parties_is_asked_by_these_rules() -> None:
    """By tier, or since they travel with children."""
    record = read_days(None, OPTIONS.day, 1)
    parties = [each.party for seeded in seed_flights(record, seed=7, sample=0.2) for each in seeded.bookings]
    asked = [party for party in parties if party.tier != "none" or {"CHLD", "INFT"} & set(party.ssrs)]
    assert len(asked) / len(parties) == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.timeout(600)
async def test_a_storm_with_offers_ends_clean_and_always_alike(tmp_path: Path) -> None:
    """Two replays at the same time. Trips were taken, left and not answered, and answers came too late."""
    one, again = await asyncio.gather(replayed(tmp_path / "one"), replayed(tmp_path / "again"))
    assert left_by(one) == left_by(again)
    outcomes = {(type(fact).__name__, fact.answered_by or "no one") for _, fact in one.facts if fact.offer}
    assert {("BookingChanged", "party"), ("BookingChanged", "no one")} <= outcomes
    assert "party" in {by for what, by in outcomes if what != "BookingChanged"}
    assert {refusal.refusal for _, refusal in one.replies_refused} & {"unknown offer", "over"}
    assert len(one.offered) > 20
