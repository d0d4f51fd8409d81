"""How often fares change while a storm is rebooked."""

from pathlib import Path

import pytest

from bus.admin.discovery import discover
from contracts.fares import FARE
from contracts.ledger import BOOKING_CHANGED
from irops.audit import audit
from irops.replay.options import LOCKSTEP, ReplayOptions
from irops.system.reading import read_streams
from tests.journeys.replaying import staged

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HOUR = ReplayOptions(replay_hours=1, horizon_days=1, sample=0.5, speed=LOCKSTEP)


async def test_seats_move_fares_at_most_once_in_twenty_rebookings(tmp_path: Path) -> None:
    """In the first hour of the storm, in which more than a thousand parties are rebooked. That a cabin is sold out, or not any
    more, is published at once, however often, and counts by itself. At the end no fare is open that cannot be sold."""
    async with staged(HOUR, tmp_path) as replay:
        await replay.run()
        rebooked = len([changed async for changed in replay.bus.history(BOOKING_CHANGED)])
        (pricer,) = await discover(replay.bus.nc, agent="pricer")
        stored = (await replay.bus.nc.jetstream().stream_info(FARE.stream)).state.last_seq
        found = audit(await read_streams(replay.bus))
    published = pricer.stats["fares"]
    assert rebooked > 1000
    assert 20 * published["seats"] <= rebooked
    assert published["sold out"] <= rebooked
    assert sum(published.values()) == stored
    assert "misoffered_fares" not in found.findings
