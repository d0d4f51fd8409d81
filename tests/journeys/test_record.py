"""The storm days of the record: every party, in lock-step, with the rules alone; and a tenth of the parties, of whom a third
are asked before they are moved. Run by `make days`."""

from datetime import date
from pathlib import Path

import pytest

from irops.replay.options import LOCKSTEP, ReplayOptions
from irops.replay.run import Result
from irops.system.reading import read_streams
from tests.journeys.replaying import left_by, staged

pytestmark = [pytest.mark.days, pytest.mark.timeout(1800)]

ASKING = Path(__file__).parents[2] / "examples" / "asking"
DAYS = (
    date(2013, 2, 8),
    date(2013, 2, 9),
    date(2013, 3, 6),
    date(2013, 5, 23),
    date(2013, 9, 12),
    date(2013, 12, 10),
)
"""Those with the most cancellations and diversions of their seasons."""


async def replayed(day: date, folder: Path) -> tuple[Result, dict[str, bytes]]:
    """The day's end, and what it has left."""
    async with staged(ReplayOptions(speed=LOCKSTEP, day=day), folder) as stage:
        ended = await stage.run()
        return ended, left_by(await read_streams(stage.bus))


@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_a_storm_day_ends_clean(day: date, tmp_path: Path) -> None:
    """And nothing had to be given up or started again."""
    ended, _ = await replayed(day, tmp_path)
    assert ended.audit.clean, ended.audit.findings
    assert ended.report["dead_letters"] == ended.report["restarts"] == 0


@pytest.mark.parametrize("day", DAYS, ids=str)
async def test_a_storm_day_with_offers_ends_clean(day: date, tmp_path: Path) -> None:
    """A scripted public answers, or does not."""
    asking = {"IROPS_RULES_FOLDER": str(ASKING)}
    async with staged(ReplayOptions(speed=LOCKSTEP, day=day, sample=0.1), tmp_path, environment=asking) as stage:
        ended = await stage.run()
    assert ended.audit.clean, ended.audit.findings
    assert ended.report["dead_letters"] == ended.report["restarts"] == 0
    assert ended.report["offers_made"] > 20


async def test_two_replays_of_a_day_end_alike(tmp_path: Path) -> None:
    """To the byte, in all that an export has but revisions and the wall clock."""
    _, one = await replayed(DAYS[0], tmp_path / "one")
    _, again = await replayed(DAYS[0], tmp_path / "again")
    assert one == again
