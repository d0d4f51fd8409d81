"""Lock-step: with one seed a replay always ends in the same ledger, however the machine scheduled it."""

import asyncio
from pathlib import Path

import pytest

from irops.replay.options import LOCKSTEP, ReplayOptions
from irops.system.reading import read_streams
from tests.journeys.replaying import left_by, staged

pytestmark = pytest.mark.slow


async def replayed(folder: Path, *, seed: int) -> dict[str, bytes]:
    """Two hours of the storm for one party in fifty, and how they end."""
    options = ReplayOptions(replay_hours=2, horizon_days=0, speed=LOCKSTEP, seed=seed, sample=0.02)
    async with staged(options, folder) as prepare:
        ended = await prepare.run()
        assert ended.audit.clean, ended.audit.findings
        assert ended.report["parties_rebooked"] > 10
        assert prepare.supervisor.restarts == 0
        return left_by(await read_streams(prepare.bus))


@pytest.mark.timeout(180)
async def test_one_seed_always_ends_alike_and_another_seed_does_not(tmp_path: Path) -> None:
    """Three replays at the same time, so that none has the machine to itself."""
    one, again, other = await asyncio.gather(
        replayed(tmp_path / "one", seed=7), replayed(tmp_path / "again", seed=7), replayed(tmp_path / "other", seed=8)
    )
    assert one == again
    assert all(one[what] != other[what] for what in one)
