"""Lock-step: with one seed a replay always ends in the same ledger, however the machine scheduled it."""

import asyncio
from pathlib import Path

import pytest

from irops.replay.options import LOCKSTEP, ReplayOptions
from irops.system.reading import read_streams
from tests.journeys.replaying import left_by, staged

pytestmark = pytest.mark.slow


async def replayed(folder: Path, *, seed: int, shadow: bool = False) -> dict[str, bytes]:
    """Two hours of the storm for one party in fifty, and how they end."""
    options = ReplayOptions(replay_hours=2, horizon_days=0, speed=LOCKSTEP, seed=seed, sample=0.02)
    async with staged(options, folder, shadow=shadow) as prepare:
        ended = await prepare.run()
        assert ended.audit.clean, ended.audit.findings
        assert ended.report["parties_rebooked"] > 10
        assert prepare.supervisor.restarts == 0
        return left_by(await read_streams(prepare.bus))


async def test_one_seed_always_ends_alike_and_another_seed_does_not(tmp_path: Path) -> None:
    """Three replays at the same time, so that none has the machine to itself."""
    one, again, other = await asyncio.gather(
        replayed(tmp_path / "one", seed=7), replayed(tmp_path / "again", seed=7), replayed(tmp_path / "other", seed=8)
    )
    assert one == again
    assert all(one[what] != other[what] for what in one)


@pytest.mark.timeout(180)
async def test_a_shadow_ends_as_a_live_system_does(tmp_path: Path) -> None:
    """The same flights, seats, bookings, facts and notices, byte for byte."""
    live, shadow = await asyncio.gather(
        replayed(tmp_path / "live", seed=7), replayed(tmp_path / "shadow", seed=7, shadow=True)
    )
    assert live == shadow
