"""A hundred kills: in each of ten replays of the storm, every agent and the server are killed twice, at seeded moments."""

import asyncio
import os
import signal
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from agents.notifier.adapters.maildir import file_name
from bus.tasks import cancel
from irops.processes.roster import agents
from irops.processes.supervisor import SERVER
from irops.replay.options import Day, ReplayOptions
from irops.system.reading import read_sent
from tests.journeys.replaying import Staged, staged
from tests.support import eventually

KILLS = 2
"""Of each of the five processes in one replay."""
SPEED = 1500


def plan_of(seed: int, day: Day) -> list[tuple[datetime, str]]:
    """Which process is killed when, in event time: at work, within a third of a second after a cancellation is published."""
    rng = Random(seed)
    cancellations = [announcement.at for announcement in day.feed if announcement.message.cancelled]
    victims = [victim for victim in (*agents(), SERVER) for _ in range(KILLS)]
    soon = SPEED * timedelta(seconds=0.3)
    return sorted((min(rng.choice(cancellations) + rng.random() * soon, day.end - soon), victim) for victim in victims)


async def kill(victim: str, stage: Staged) -> None:
    """Send SIGKILL; the supervisor starts the process again."""

    def killed() -> bool:
        pid = pid_of(victim, stage)
        try:
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it has ended by itself, which the supervisor has not seen yet
            return False
        return pid is not None

    await eventually(killed, what=f"{victim} alive", within=60)


def pid_of(victim: str, stage: Staged) -> int | None:
    """None while it is not running."""
    if victim == SERVER:
        return stage.server.pid if stage.server.running else None
    (process,) = [p for p in stage.supervisor.processes if p.name == victim]
    return process.pid


async def kill_all(plan: list[tuple[datetime, str]], stage: Staged) -> None:
    for at, victim in plan:
        while stage.bus.now() < at:
            await asyncio.sleep(0.02)
        await kill(victim, stage)


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(1, 11))
async def test_ten_kills_at_seeded_moments_change_none_of_the_zeros(seed: int, tmp_path: Path) -> None:
    """Every audit figure and the number of dead letters stay 0."""
    options = ReplayOptions(sample=0.05, speed=SPEED, seed=seed)
    async with staged(options, tmp_path) as stage:
        plan = plan_of(seed, stage.day)
        killing = asyncio.create_task(kill_all(plan, stage))
        try:
            end = await stage.run()
            await killing
        finally:
            await cancel(killing)
        assert stage.supervisor.restarts >= KILLS * (len(agents()) + 1)
        sent = {notice.id for notice in await read_sent(stage.bus)}
    assert {file_name(id_) for id_ in sent} <= {path.name for path in (tmp_path / "maildir" / "new").iterdir()}
    kills = f"kills: {[(str(at), victim) for at, victim in plan]}"
    assert not end.pending, f"{end.pending}; {kills}"
    assert end.audit.clean, f"{end.audit.findings}; {kills}"
    assert end.report["dead_letters"] == 0, kills
